using System.Runtime.Intrinsics;
using HealthGpt.Model.Decoder.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder.Cpu;

// Shapes: H hidden, D head width, F feed-forward width, R rank, E experts.

/// <summary>What each member of a team does in one decoding step. Members split the rows of every weight, so each row is read by one of them, in order.</summary>
internal sealed unsafe class StepProgram(
    DecoderConfig config, CpuBlock[] blocks, TensorRows finalNorm, StepBuffers buffers, IReadOnlyList<(CpuHLora Weights, int[] Rows)> groups, KvCache cache)
{
    private const int Lanes = 16;

    private readonly int _rows = cache.Batch;
    private readonly bool _narrowCache = cache.Type == ScalarType.BFloat16;

    /// <summary>Runs the step; the team's member 0 leaves the hidden states in the first vectors of <see cref="StepBuffers.Normal"/>.</summary>
    public void Run(int threads) => ThreadTeam.Run(threads, Member);

    private void Member(ThreadTeam team, int member)
    {
        for (var layer = 0; layer < blocks.Length; layer++)
        {
            var block = blocks[layer];
            Normalise(member, block.AttentionNorm);
            Linears(team, member, block.QueryKeyValue, buffers.Normal, member * CpuDecodingStep.MostRows, buffers.QueryKeyValue, add: false);
            Attend(team, member, layer);
            team.Barrier();
            Linears(team, member, block.Output, buffers.Heads, 0, buffers.Residual, add: true);
            Normalise(member, block.FeedForwardNorm);
            Linears(team, member, block.GateUp, buffers.Normal, member * CpuDecodingStep.MostRows, buffers.GateUp, add: false);
            Activate(team, member);
            team.Barrier();
            Linears(team, member, block.Down, buffers.GateUp, 0, buffers.Residual, add: true);
        }

        if (member == 0) Normalise(0, finalNorm);
    }

    private void Normalise(int member, in TensorRows weight)
    {
        for (var row = 0; row < _rows; row++)
            Normalise(buffers.Residual[row], weight, buffers.Normal[(member * CpuDecodingStep.MostRows) + row]);
    }

    private void Normalise(float* x, in TensorRows weight, float* y)
    {
        if (weight.IsBFloat16) Normalise<BFloat16Row>(x, (byte*)weight.Data, y);
        else Normalise<Float32Row>(x, (byte*)weight.Data, y);
    }

    private void Normalise<TRow>(float* x, byte* weight, float* y)
        where TRow : struct, IRow
    {
        var squares = Vector512<float>.Zero;
        var at = 0;
        for (; at + Lanes <= config.Hidden; at += Lanes)
        {
            var part = Vector512.Load(x + at);
            squares = Vector512.FusedMultiplyAdd(part, part, squares);
        }

        var sum = Vector512.Sum(squares);
        for (; at < config.Hidden; at++) sum += x[at] * x[at];
        var inverse = 1 / MathF.Sqrt((sum / config.Hidden) + (float)config.NormEpsilon);
        for (at = 0; at + Lanes <= config.Hidden; at += Lanes) (Vector512.Load(x + at) * inverse * TRow.Load(weight, at)).Store(y + at);
        for (; at < config.Hidden; at++) y[at] = x[at] * inverse * TRow.Element(weight, at);
    }

    // Linears of one input, their outputs one after another; all members have done theirs at the end.
    private void Linears(ThreadTeam team, int member, CpuLinear[] linears, StepMemory input, int firstInput, StepMemory output, bool add)
    {
        var x = stackalloc float*[CpuDecodingStep.MostRows];
        var y = stackalloc float*[CpuDecodingStep.MostRows];
        var offset = 0;
        for (var at = 0; at < linears.Length; at++)
        {
            var linear = linears[at];
            for (var row = 0; row < _rows; row++)
            {
                x[row] = input[firstInput + row];
                y[row] = output[row] + offset;
            }

            Multiply(team, member, linear.Weight, linear.Bias, x, y, _rows, add);
            foreach (var (weights, rows) in groups) Reduce(team, member, weights, linear.Site, at, rows, input, firstInput);
            offset += linear.Weight.Rows;
        }

        team.Barrier();
        if (groups.Count == 0) return;
        offset = 0;
        for (var at = 0; at < linears.Length; at++)
        {
            foreach (var (weights, rows) in groups) Expand(team, member, weights, linears[at].Site, at, rows, output, offset);
            offset += linears[at].Weight.Rows;
        }

        team.Barrier();
    }

    // The products with A and the router.
    private void Reduce(ThreadTeam team, int member, CpuHLora weights, int site, int at, int[] rows, StepMemory input, int firstInput)
    {
        var x = stackalloc float*[CpuDecodingStep.MostRows];
        var low = stackalloc float*[CpuDecodingStep.MostRows];
        var routed = stackalloc float*[CpuDecodingStep.MostRows];
        for (var i = 0; i < rows.Length; i++)
        {
            var place = (at * CpuDecodingStep.MostRows) + rows[i];
            x[i] = input[firstInput + rows[i]];
            low[i] = buffers.Low[place];
            routed[i] = buffers.Routed[place];
        }

        Multiply(team, member, weights.Sites[site].A, null, x, low, rows.Length, add: false);
        Multiply(team, member, weights.Sites[site].Route, null, x, routed, rows.Length, add: false);
    }

    // The experts' weights, and the product with B.
    private void Expand(ThreadTeam team, int member, CpuHLora weights, int site, int at, int[] rows, StepMemory output, int offset)
    {
        var merged = stackalloc float*[CpuDecodingStep.MostRows];
        var y = stackalloc float*[CpuDecodingStep.MostRows];
        for (var i = 0; i < rows.Length; i++)
        {
            var place = (at * CpuDecodingStep.MostRows) + rows[i];
            merged[i] = buffers.Merged[(member * CpuDecodingStep.MostRows) + rows[i]];
            y[i] = output[rows[i]] + offset;
            Merge(weights, buffers.Low[place], buffers.Routed[place], merged[i]);
        }

        Multiply(team, member, weights.Sites[site].B, null, merged, y, rows.Length, add: true);
    }

    private static void Merge(CpuHLora weights, float* low, float* routed, float* merged)
    {
        var largest = float.NegativeInfinity;
        for (var expert = 0; expert < weights.Experts; expert++) largest = MathF.Max(largest, routed[expert]);
        var total = 0f;
        for (var expert = 0; expert < weights.Experts; expert++) total += MathF.Exp(routed[expert] - largest);
        var each = weights.Rank / weights.Experts;
        for (var expert = 0; expert < weights.Experts; expert++)
        {
            var share = MathF.Exp(routed[expert] - largest) / total * weights.Scale;
            for (var at = expert * each; at < (expert + 1) * each; at++) merged[at] = low[at] * share;
        }
    }

    private static void Multiply(ThreadTeam team, int member, in TensorRows weight, TensorRows? bias, float** x, float** y, int count, bool add)
    {
        var (first, end) = team.Share(member, weight.Rows, RowProducts.Block);
        RowProducts.Multiply(weight, bias, x, y, count, first, end, add);
    }

    private void Attend(ThreadTeam team, int member, int layer)
    {
        var (first, end) = team.Share(member, _rows * config.KeyValueHeads, 1);
        for (var at = first; at < end; at++)
        {
            if (_narrowCache) Attend<BFloat16Row>(member, layer, at / config.KeyValueHeads, at % config.KeyValueHeads);
            else Attend<Float32Row>(member, layer, at / config.KeyValueHeads, at % config.KeyValueHeads);
        }
    }

    private void Attend<TRow>(int member, int layer, int row, int head)
        where TRow : struct, IRow
    {
        int width = config.HeadWidth, each = config.Heads / config.KeyValueHeads, last = cache.Lengths[row];
        var first = config.SlidingWindow is { } window ? Math.Max(0, last - window + 1) : 0;
        var query = buffers.QueryKeyValue[row] + (head * each * width);
        var key = buffers.QueryKeyValue[row] + ((config.Heads + head) * width);
        CpuAttention.Attend<TRow>(
            query, key, key + (config.KeyValueHeads * width), each, buffers.Turns[row], cache.KeysOf(layer, row, head), cache.ValuesOf(layer, row, head), first, last,
            buffers.Scores[member], buffers.Heads[row] + (head * each * width));
    }

    // The product takes the gate's place.
    private void Activate(ThreadTeam team, int member)
    {
        var (first, end) = team.Share(member, config.FeedForward, Lanes);
        for (var row = 0; row < _rows; row++)
        {
            var gate = buffers.GateUp[row];
            var at = first;
            for (; at + Lanes <= end; at += Lanes)
            {
                var x = Vector512.Load(gate + at);
                (x / (Vector512<float>.One + Exponential.Of(-x)) * Vector512.Load(gate + config.FeedForward + at)).Store(gate + at);
            }

            for (; at < end; at++) gate[at] = gate[at] / (1 + MathF.Exp(-gate[at])) * gate[config.FeedForward + at];
        }
    }
}
