namespace HealthGpt.Cli.LocalTraining;

/// <summary>The first line that a worker process reads. Those after it are <see cref="WorkerOrder"/>.</summary>
internal sealed record WorkerStart
{
    /// <summary>The job file with every value stated.</summary>
    public required string Job { get; init; }

    /// <summary>The worker's name in messages.</summary>
    public required string Name { get; init; }

    /// <summary>Which of the machine's devices it computes on, from 0; counted round where there are fewer.</summary>
    public int DeviceIndex { get; init; }

    /// <summary>The folder of what can be made again; workers share it.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Where it logs.</summary>
    public required string LogFile { get; init; }
}
