using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Elements of float32.</summary>
internal readonly unsafe struct Float32Elements : IElements
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* from) => Vector512.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* to, Vector512<float> values) => values.Store((float*)to);
}
