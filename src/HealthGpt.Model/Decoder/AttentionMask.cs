using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

/// <summary>The additive mask of a causal decoder, where the plain causal kernel is not enough.</summary>
internal static class AttentionMask
{
    /// <summary>A mask <c>(T, start + T)</c> of 0 and -inf, or null where the kernel's own causal rule or no mask at all does.</summary>
    public static Tensor? Make(DecoderConfig config, int start, int length, ScalarType type, Device device)
    {
        var total = start + length;
        var windowed = config.SlidingWindow is { } size && total > size;
        if (!windowed && (start == 0 || length == 1)) return null;

        using var scope = NewDisposeScope();
        // Scalars are held by name: a temporary one may be finalized while the native call still reads it.
        using Scalar first = start, end = total, window = config.SlidingWindow ?? total, never = double.NegativeInfinity;
        var query = arange(first, end, ScalarType.Int64, device).unsqueeze(1);
        var key = arange(end, ScalarType.Int64, device).unsqueeze(0);
        var hidden = key > query;
        if (windowed) hidden = hidden | (key <= query.sub(window));
        return zeros([length, total], type, device).masked_fill_(hidden, never).MoveToOuterDisposeScope();
    }
}
