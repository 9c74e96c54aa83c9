using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, T positions of this pass, S positions that can be seen (held ones and this pass's).

/// <summary>Positions of a batch whose rows do not stand at one place: left-padded ones, or rows whose cache holds different lengths.</summary>
internal sealed class RowPositions : IDisposable
{
    private RowPositions(Tensor positions, int length, Tensor mask, Tensor? slots)
    {
        Positions = positions;
        Length = length;
        Mask = mask;
        Slots = slots;
    }

    /// <summary>Each token's place in its own row, <c>(B, T)</c>; 0 at padding before a row.</summary>
    public Tensor Positions { get; }

    /// <summary>One more than the last of the positions.</summary>
    public int Length { get; }

    /// <summary>What is added to attention scores, <c>(B, 1, T, S)</c> of 0 and -inf.</summary>
    public Tensor Mask { get; }

    /// <summary>Where the cache keeps each token, <c>(B, 1, T, 1)</c>; null without a cache.</summary>
    public Tensor? Slots { get; }

    /// <summary>Positions of a pass.</summary>
    /// <param name="config">The decoder's, for its window.</param>
    /// <param name="rows">B.</param>
    /// <param name="width">T.</param>
    /// <param name="padding">Which of them are tokens; null for all.</param>
    /// <param name="cache">Positions seen before; null for none.</param>
    /// <param name="type">Element type of the computation.</param>
    /// <param name="device">Where it runs.</param>
    public static RowPositions Of(DecoderConfig config, int rows, int width, BatchPadding? padding, KvCache? cache, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var total = 0;
        var positions = new long[rows * width];
        var slots = new long[rows * width];
        for (var row = 0; row < rows; row++)
        {
            int held = cache?.Lengths[row] ?? 0, first = padding?.First(row, width) ?? 0, count = padding?.Lengths[row] ?? width;
            total = Math.Max(total, held + count);
            for (var at = 0; at < width; at++)
            {
                var isToken = at >= first && at < first + count;
                positions[(row * width) + at] = Math.Clamp(held + at - first, 0, config.MaxPositions - 1);
                slots[(row * width) + at] = isToken ? held + at - first : cache?.Capacity ?? 0;
            }
        }

        var places = tensor(positions, [rows, width], ScalarType.Int64, device);
        // A cache keeps a row's tokens without its padding, so that a key's slot is its position; without one, keys lie where the batch has them.
        var mask = cache is null ? MaskOf(config, places, KeysInPlace(padding, rows, width, device), type, device) : MaskOf(config, places, KeysBySlot(total, device), type, device);
        return new RowPositions(
            places.MoveToOuterDisposeScope(), (int)positions.Max() + 1, mask.MoveToOuterDisposeScope(),
            cache is null ? null : tensor(slots, [rows, 1, width, 1], ScalarType.Int64, device).MoveToOuterDisposeScope());
    }

    // Padding must see something as well, or its softmax would be 0 / 0 and spread from there.
    private static Tensor MaskOf(DecoderConfig config, Tensor queries, Tensor keys, ScalarType type, Device device)
    {
        using Scalar never = double.NegativeInfinity, window = config.SlidingWindow ?? int.MaxValue, zero = 0;
        var query = queries.unsqueeze(-1);
        var seen = (keys <= query) & (keys > query.sub(window)) & keys.ge(zero);
        var blind = seen.any(-1, keepdim: true).logical_not();
        var hidden = (seen | blind).logical_not().unsqueeze(1);
        return zeros(hidden.shape, type, device).masked_fill_(hidden, never);
    }

    private static Tensor KeysBySlot(int total, Device device)
    {
        using Scalar end = total;
        return arange(end, ScalarType.Int64, device).view(1, 1, -1);
    }

    private static Tensor KeysInPlace(BatchPadding? padding, int rows, int width, Device device)
    {
        var keys = new long[rows * width];
        for (var row = 0; row < rows; row++)
        {
            int first = padding?.First(row, width) ?? 0, count = padding?.Lengths[row] ?? width;
            for (var at = 0; at < width; at++) keys[(row * width) + at] = at >= first && at < first + count ? at - first : -1;
        }

        return tensor(keys, [rows, 1, width], ScalarType.Int64, device);
    }

    public void Dispose()
    {
        Positions.Dispose();
        Mask.Dispose();
        Slots?.Dispose();
    }
}
