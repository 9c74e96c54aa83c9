namespace HealthGpt.Data.Images;

/// <summary>The kernel of a resize.</summary>
public enum ResampleFilter
{
    /// <summary>Mean over the area of an output pixel.</summary>
    Box,

    /// <summary>Triangle kernel.</summary>
    Bilinear,

    /// <summary>Cubic kernel with a = -0.5.</summary>
    Bicubic,

    /// <summary>Windowed sinc with three lobes.</summary>
    Lanczos,
}
