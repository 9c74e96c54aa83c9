using System.Runtime.CompilerServices;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Reductions;

/// <summary>A caller's numbers, taken as bytes range by range.</summary>
internal abstract class Elements
{
    public abstract ElementKind Kind { get; }

    public abstract int Length { get; }

    public int Size => Kind == ElementKind.Float32 ? sizeof(float) : sizeof(ushort);

    public static Elements Of(Memory<float> values) => new Numbers<float>(values, ElementKind.Float32, float.NaN);

    public static Elements Of(Memory<BFloat16> values) => new Numbers<BFloat16>(values, ElementKind.BFloat16, BFloat16.NaN);

    public abstract Memory<byte> Bytes(int start, int count);

    public abstract bool Overlaps(Elements other);

    /// <summary>Marks a result that did not come to be: no number of it can be taken for one.</summary>
    public abstract void Invalidate();

    private sealed class Numbers<T>(Memory<T> values, ElementKind kind, T invalid) : Elements
        where T : unmanaged
    {
        public override ElementKind Kind => kind;

        public override int Length => values.Length;

        public override Memory<byte> Bytes(int start, int count) => count == 0 ? Memory<byte>.Empty : new ByteView<T>(values.Slice(start, count)).Memory;

        public override bool Overlaps(Elements other) => other is Numbers<T> same && same.Span.Overlaps(Span);

        public override void Invalidate() => Span.Fill(invalid);

        private Span<T> Span
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => values.Span;
        }
    }
}
