namespace HealthGpt.Collectives.Joining;

/// <summary>Each pair of ranks has several connections, so that heartbeats and aborts never wait behind bulk data. Values above <see cref="Data"/> are its further connections.</summary>
internal enum Channel : byte
{
    Control = 0,
    Data = 1,
}
