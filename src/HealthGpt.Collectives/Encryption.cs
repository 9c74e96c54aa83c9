namespace HealthGpt.Collectives;

/// <summary>Whether what two ranks send each other over TCP can be read on the way. No bit of a result depends on it.</summary>
public enum Encryption
{
    /// <summary>Plain TCP, for a network of one's own.</summary>
    Off = 0,

    /// <summary>
    /// TLS 1.3 on every connection: joins, heartbeats, aborts and data. A certificate made for the moment stands in the proof of the group's secret, so none has to be issued and
    /// nobody between two ranks can end the TLS himself. Memory that two ranks of a host share stays as it is: it never leaves the host.
    /// </summary>
    Tls = 1,
}
