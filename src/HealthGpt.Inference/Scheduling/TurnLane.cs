namespace HealthGpt.Inference.Scheduling;

/// <summary>How long an item holds its place among the active ones.</summary>
internal enum TurnLane
{
    /// <summary>Somebody reads along: a text answer.</summary>
    Interactive,

    /// <summary>Hundreds of turns before anything can be seen: an image answer.</summary>
    Bulk,
}
