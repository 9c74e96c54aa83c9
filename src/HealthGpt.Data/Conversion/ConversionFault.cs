namespace HealthGpt.Data.Conversion;

/// <summary>Where the fault of a conversion lies.</summary>
public enum ConversionFault
{
    /// <summary>The source is there and is wrong.</summary>
    Source,

    /// <summary>An option, or a path that it names, cannot be used.</summary>
    Options,

    /// <summary>A server or a disk failed, which another try may not.</summary>
    Outside,
}
