namespace HealthGpt.Collectives.Joining;

/// <summary>Each pair of ranks has two connections, so that heartbeats and aborts never wait behind bulk data.</summary>
internal enum Channel : byte
{
    Control = 0,
    Data = 1,
}
