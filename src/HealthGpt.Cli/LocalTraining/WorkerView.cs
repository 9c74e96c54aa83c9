using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>What is known of one worker.</summary>
internal sealed record WorkerView
{
    public required string Name { get; init; }

    /// <summary>What it told last; null where it has told nothing yet.</summary>
    public WorkerProgress? Progress { get; init; }

    /// <summary>The last generation that it says it was told of.</summary>
    public long Answered { get; init; }

    /// <summary>Whether it was called and has not yet given a sign of life.</summary>
    public bool IsSilent { get; init; }

    /// <summary>How its process ended; null while it lives.</summary>
    public string? HowItEnded { get; init; }

    /// <summary>With what its process ended; null while it lives.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Whether what it ended of is in a file or in arguments, which have to be corrected.</summary>
    public bool IsMisconfigured => ExitCode is ExitCodes.WrongFile or ExitCodes.WrongArguments || Progress is { State: WorkerState.Failed, IsOfJobFile: true };

    /// <summary>Whether it is in no group and can join one.</summary>
    public bool IsFree => HowItEnded is null && Progress is { EndPoint.Length: > 0, State: WorkerState.Ready or WorkerState.Aborted or WorkerState.Completed };

    /// <summary>Why it cannot go on; null where it can.</summary>
    public string? WhyLost => Progress is { State: WorkerState.Failed } failed ? failed.Error ?? "it gives no reason" : HowItEnded;

    public bool Is(WorkerState state, long generation) => HowItEnded is null && Progress is { } told && told.State == state && told.Generation == generation;
}
