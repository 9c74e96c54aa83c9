using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Cosines and sines of positions, float32, <c>(T, D)</c> each with equal halves, for the half-split form of rotary embedding.</summary>
/// <param name="Cosine">First cosine.</param>
/// <param name="Sine">First sine.</param>
/// <param name="Width">Elements of a position.</param>
internal readonly unsafe record struct Turns(nint Cosine, nint Sine, int Width)
{
    /// <summary>Turns sixteen pairs of a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector512<float> Left, Vector512<float> Right) Turn(Vector512<float> left, Vector512<float> right, long position, int at)
    {
        var (cosine, sine) = At(position, at);
        return ((left * cosine) - (right * sine), (right * cosine) + (left * sine));
    }

    /// <summary>Turns them back, which is what their gradients need.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector512<float> Left, Vector512<float> Right) TurnBack(Vector512<float> left, Vector512<float> right, long position, int at)
    {
        var (cosine, sine) = At(position, at);
        return ((left * cosine) + (right * sine), (right * cosine) - (left * sine));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector512<float> Cosine, Vector512<float> Sine) At(long position, int at)
    {
        var place = (position * Width) + at;
        return (Vector512.Load((float*)Cosine + place), Vector512.Load((float*)Sine + place));
    }
}
