using HealthGpt.Data.Samples;

namespace HealthGpt.Training.Samples;

/// <summary>A sample that was left out.</summary>
/// <param name="Name">What it is called where file names have no place.</param>
/// <param name="Reason">What is wrong with it; names no file.</param>
public sealed record BadSample(SampleName Name, string Reason)
{
    /// <summary>Name and reason as one phrase.</summary>
    public override string ToString() => $"{Name}: {Reason}";
}
