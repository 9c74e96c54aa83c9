using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>How elements of a row in memory become float32 and back.</summary>
internal unsafe interface IRow
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Where a row begins.</summary>
    static abstract byte* At(in TensorRows rows, long row);

    /// <summary>Sixteen elements from <paramref name="at"/> on.</summary>
    static abstract Vector512<float> Load(byte* row, int at);

    /// <summary>Writes sixteen elements from <paramref name="at"/> on, rounded to nearest.</summary>
    static abstract void Store(byte* row, int at, Vector512<float> values);

    /// <summary>One element.</summary>
    static abstract float Element(byte* row, int at);

    /// <summary>Writes one element, rounded to nearest.</summary>
    static abstract void Write(byte* row, int at, float value);
}
