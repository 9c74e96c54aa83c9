namespace HealthGpt.Model.HLora;

/// <summary>Which H-LoRA each row of a batch goes through; rows of different plugins, and of the base alone, share one pass over the base's weights.</summary>
public sealed class HLoraRows
{
    /// <summary>Chooses for each row.</summary>
    /// <param name="rows">The H-LoRA of each row, in the decoder's element type; null for the base alone. They stay the caller's.</param>
    public HLoraRows(IReadOnlyList<HLoraWeights?> rows)
    {
        Rows = rows;
        Groups = [.. rows.Select((weights, row) => (weights, row)).Where(item => item.weights is not null)
            .GroupBy(item => item.weights!, item => item.row, ReferenceEqualityComparer.Instance)
            .Select(group => ((HLoraWeights)group.Key!, group.ToArray()))];
        Shared = Groups.Count == 1 && Groups[0].Rows.Length == rows.Count ? Groups[0].Weights : null;
    }

    private HLoraRows(HLoraWeights shared)
    {
        Groups = [];
        Shared = shared;
    }

    /// <summary>The one that all rows go through; null where they differ.</summary>
    internal HLoraWeights? Shared { get; }

    /// <summary>The choice of each row; null where one was given for however many rows there are.</summary>
    internal IReadOnlyList<HLoraWeights?>? Rows { get; }

    /// <summary>Rows that share weights, in the order of their first row.</summary>
    internal IReadOnlyList<(HLoraWeights Weights, int[] Rows)> Groups { get; }

    /// <summary>One for all rows, however many there are; null stays null.</summary>
    public static HLoraRows? Of(HLoraWeights? weights) => weights is null ? null : new HLoraRows(weights);

    /// <inheritdoc cref="Of"/>
    public static implicit operator HLoraRows?(HLoraWeights? weights) => Of(weights);

    /// <summary>Rows that share weights, in a batch of so many rows.</summary>
    internal IReadOnlyList<(HLoraWeights Weights, int[] Rows)> GroupsOf(int rows) => Shared is null ? Groups : [(Shared, [.. Enumerable.Range(0, rows)])];

    /// <summary>Refuses a choice for another number of rows, and weights that are disposed.</summary>
    internal void Require(long rows)
    {
        if (Shared is { } shared) ObjectDisposedException.ThrowIf(shared.IsDisposed, shared);
        foreach (var (weights, _) in Groups) ObjectDisposedException.ThrowIf(weights.IsDisposed, weights);
        if (Rows is { } chosen && chosen.Count != rows) throw new ArgumentException($"H-LoRA is chosen for {chosen.Count} rows, but the batch has {rows}", nameof(rows));
    }
}
