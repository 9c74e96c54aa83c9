namespace HealthGpt.Cluster.Training;

/// <summary>What a trainer does next.</summary>
internal abstract record Decision
{
    /// <summary>Nothing until the next round.</summary>
    internal sealed record Wait : Decision;

    /// <summary>The job cannot go on.</summary>
    internal sealed record Fail(string Error) : Decision;

    /// <summary>Every rank has finished with the same weights.</summary>
    internal sealed record Complete(string WeightsSha256, string? ModelFolder) : Decision;

    /// <summary>The generation has broken and is over.</summary>
    internal sealed record Break(string Message, string Silo) : Decision;

    /// <summary>These workers cannot go on; the generation, if they are in it, is over, and their devices are given back.</summary>
    internal sealed record Dismiss(IReadOnlyList<WorkerView> Workers) : Decision;

    /// <summary>Claim a generation of these workers, by rank.</summary>
    internal sealed record Form(IReadOnlyList<WorkerView> Members) : Decision;
}
