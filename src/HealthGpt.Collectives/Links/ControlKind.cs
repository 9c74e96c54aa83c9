namespace HealthGpt.Collectives.Links;

internal enum ControlKind : byte
{
    /// <summary>The peer lives.</summary>
    Heartbeat = 1,

    /// <summary>The generation has ended; the text says why.</summary>
    Abort = 2,

    /// <summary>The peer has finished and goes; what it sent before still counts.</summary>
    Leave = 3,
}
