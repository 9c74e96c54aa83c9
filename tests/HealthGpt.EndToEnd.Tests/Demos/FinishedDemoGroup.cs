namespace HealthGpt.EndToEnd.Tests.Demos;

/// <summary>The tests that share one finished demo.</summary>
[CollectionDefinition(Name)]
public sealed class FinishedDemoGroup : ICollectionFixture<FinishedDemo>
{
    /// <summary>The group's name.</summary>
    public const string Name = "a finished demo";
}
