namespace HealthGpt.Model.Decoder.Cpu;

// Shapes: H hidden, N heads, D head width, F feed-forward width, R rank, E experts.

/// <summary>What a decoding step computes between reading its embeddings and writing its hidden states; kept from step to step.</summary>
internal sealed class StepBuffers(DecoderConfig config, int mostRows) : IDisposable
{
    /// <summary>Linears that read one input: three where query, key and value are projected apart.</summary>
    private const int MostSites = 3;

    /// <summary>The residual stream, H for each row.</summary>
    public StepMemory Residual { get; } = new(mostRows, config.Hidden);

    /// <summary>Queries, keys and values of each row.</summary>
    public StepMemory QueryKeyValue { get; } = new(mostRows, (config.Heads + (2 * config.KeyValueHeads)) * config.HeadWidth);

    /// <summary>Output of attention, N * D for each row.</summary>
    public StepMemory Heads { get; } = new(mostRows, config.Heads * config.HeadWidth);

    /// <summary>Gate and up, 2 F for each row.</summary>
    public StepMemory GateUp { get; } = new(mostRows, 2 * config.FeedForward);

    /// <summary>Cosines and sines of each row's position, D / 2 each.</summary>
    public StepMemory Turns { get; } = new(mostRows, config.HeadWidth);

    /// <summary>Normalised input of a linear; each member computes its own, which is quicker than waiting for another's.</summary>
    public StepMemory Normal { get; } = new(mostRows, config.Hidden);

    /// <summary>Attention scores; one vector for each member.</summary>
    public StepMemory Scores { get; } = new(1, 1);

    /// <summary>Products with A, R for each site and row.</summary>
    public StepMemory Low { get; } = new(1, 1);

    /// <summary>Products with the router, E for each site and row.</summary>
    public StepMemory Routed { get; } = new(1, 1);

    /// <summary>Products with A, weighted by expert; R for each member.</summary>
    public StepMemory Merged { get; } = new(1, 1);

    /// <summary>Makes room for what differs from step to step.</summary>
    public void Grow(int threads, int capacity, IReadOnlyList<(CpuHLora Weights, int[] Rows)> groups)
    {
        Normal.Grow(threads * mostRows, config.Hidden);
        Scores.Grow(threads, capacity);
        if (groups.Count == 0) return;
        int rank = groups.Max(group => group.Weights.Rank), experts = groups.Max(group => group.Weights.Experts);
        Low.Grow(MostSites * mostRows, rank);
        Routed.Grow(MostSites * mostRows, experts);
        Merged.Grow(threads * mostRows, rank);
    }

    public void Dispose()
    {
        foreach (var memory in new[] { Residual, QueryKeyValue, Heads, GateUp, Turns, Normal, Scores, Low, Routed, Merged }) memory.Dispose();
    }
}
