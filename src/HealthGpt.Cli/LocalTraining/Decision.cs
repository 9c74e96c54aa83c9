namespace HealthGpt.Cli.LocalTraining;

/// <summary>What the run does next.</summary>
internal abstract record Decision
{
    /// <summary>Nothing until something is heard.</summary>
    internal sealed record Wait : Decision;

    /// <summary>The job cannot go on.</summary>
    internal sealed record Fail(WorkerView Worker, string Reason) : Decision;

    /// <summary>All steps are done.</summary>
    internal sealed record Complete(WorkerView Worker) : Decision;

    /// <summary>The generation has broken and is over.</summary>
    internal sealed record Break(WorkerView Worker, string Reason) : Decision;

    /// <summary>A worker is lost: the generation, if there is one, is over, and a new process takes its place.</summary>
    internal sealed record Replace(WorkerView Worker, string Reason) : Decision;

    /// <summary>Form a generation of these workers, by rank.</summary>
    internal sealed record Form(IReadOnlyList<WorkerView> Members) : Decision;
}
