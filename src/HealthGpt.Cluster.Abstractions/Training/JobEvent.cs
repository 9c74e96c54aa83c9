namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>
/// Something that happened to a job. Events are stored with the job, so their numbers go on where they were when the trainer moves to another silo.
/// Steps are not events: see <see cref="JobStatus.Steps"/>.
/// </summary>
[GenerateSerializer, Immutable]
public sealed record JobEvent
{
    /// <summary>1 for a job's first event, then one more each time.</summary>
    [Id(0)]
    public required long Sequence { get; init; }

    /// <summary>When the trainer saw it.</summary>
    [Id(1)]
    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="JobEventTypes"/>.</summary>
    [Id(2)]
    public required string Type { get; init; }

    /// <summary>The generation of the worker group at that time.</summary>
    [Id(3)]
    public long Generation { get; init; }

    /// <summary>The stage it concerns, or null.</summary>
    [Id(4)]
    public string? Stage { get; init; }

    /// <summary>The phase it concerns, or null.</summary>
    [Id(5)]
    public string? Phase { get; init; }

    /// <summary>The last step committed when it happened, or null.</summary>
    [Id(6)]
    public long? Step { get; init; }

    /// <summary>The silo it concerns, or null.</summary>
    [Id(7)]
    public string? Silo { get; init; }

    /// <summary>In words.</summary>
    [Id(8)]
    public string? Message { get; init; }
}
