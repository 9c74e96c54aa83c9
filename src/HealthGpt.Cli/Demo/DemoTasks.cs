namespace HealthGpt.Cli.Demo;

/// <summary>Tasks of the sample set that the demo shows by name.</summary>
internal static class DemoTasks
{
    public const string SuperResolution = "super-resolution";

    public const string SkullStripping = "skull-stripping";
}
