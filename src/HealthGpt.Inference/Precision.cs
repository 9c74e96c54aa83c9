using System.Diagnostics.CodeAnalysis;

namespace HealthGpt.Inference;

/// <summary>The number format a model computes in.</summary>
public enum Precision
{
    /// <summary>32-bit floating point.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The name that job files and every machine learning library use.")]
    Float32,

    /// <summary>16-bit floating point with float32's range; several times faster on processors with matrix units for it.</summary>
    BFloat16,
}
