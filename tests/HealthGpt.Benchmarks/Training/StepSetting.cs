using HealthGpt.Benchmarks.Subjects;

namespace HealthGpt.Benchmarks.Training;

/// <summary>What a measured step trains and on how much.</summary>
internal sealed record StepSetting
{
    /// <summary>The model's folder.</summary>
    public string Model { get; init; } = Repository.ModelFolder;

    /// <summary>Whose published settings the job has, as job files name it.</summary>
    public string Preset { get; init; } = "nano";

    /// <summary>The dataset file.</summary>
    public string Data { get; init; } = Repository.Dataset;

    /// <summary>Samples of a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Logical shards of a step.</summary>
    public int Shards { get; init; } = 4;

    /// <summary>Most samples of one pass.</summary>
    public int MicroBatch { get; init; } = 2;
}
