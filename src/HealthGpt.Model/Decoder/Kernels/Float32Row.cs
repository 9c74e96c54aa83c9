using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Rows of float32.</summary>
internal readonly unsafe struct Float32Row : IRow
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(in TensorRows rows, long row) => (byte*)rows.Data + (row * rows.Columns * sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, int at) => Vector512.Load((float*)row + at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* row, int at, Vector512<float> values) => values.Store((float*)row + at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Element(byte* row, int at) => ((float*)row)[at];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(byte* row, int at, float value) => ((float*)row)[at] = value;
}
