using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>How a tensor's elements in memory become float32 and back, sixteen at a time.</summary>
internal unsafe interface IElements
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Sixteen elements.</summary>
    static abstract Vector512<float> Load(byte* from);

    /// <summary>Writes sixteen elements, rounded to nearest.</summary>
    static abstract void Store(byte* to, Vector512<float> values);
}
