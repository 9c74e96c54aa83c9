namespace HealthGpt.Inference.Scheduling;

/// <summary>Work that is done in turns on a device's thread. It is disposed there too, whatever its end.</summary>
internal interface ITurn : IDisposable
{
    /// <summary>Nobody waits for the result any more: it is disposed instead of having its next turn.</summary>
    bool Withdrawn { get; }

    /// <summary>Does one turn's work; false once all is done.</summary>
    bool Advance();

    /// <summary>Tells whoever waits that there will be no result.</summary>
    void Fail(Exception reason);
}
