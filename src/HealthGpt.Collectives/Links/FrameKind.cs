namespace HealthGpt.Collectives.Links;

/// <summary>What a data frame belongs to. Ranks whose calls have got out of step show as a kind that was not expected.</summary>
internal enum FrameKind : byte
{
    Ready = 1,
    Barrier = 2,
    AllGather = 3,
    Message = 4,
    Reduction = 5,
    Broadcast = 6,
    Gather = 7,
}
