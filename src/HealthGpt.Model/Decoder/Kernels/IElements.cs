using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>How a tensor's elements in memory become float32 and back, eight at a time.</summary>
internal unsafe interface IElements
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Eight elements.</summary>
    static abstract Vector256<float> Load(byte* from);

    /// <summary>Writes eight elements, rounded to nearest.</summary>
    static abstract void Store(byte* to, Vector256<float> values);
}
