namespace HealthGpt.Model.Decoder;

/// <summary>Which positions of a batch are tokens and which fill up the shorter rows; what the decoder gives at the latter means nothing.</summary>
/// <param name="Side">Where the filling stands.</param>
/// <param name="Lengths">Tokens of each row, at least one.</param>
public sealed record BatchPadding(PaddingSide Side, IReadOnlyList<int> Lengths)
{
    /// <summary>Index of the first token of a row in a batch of <paramref name="width"/> positions.</summary>
    public int First(int row, int width) => Side == PaddingSide.Left ? width - Lengths[row] : 0;

    /// <summary>Index of the last token of a row in a batch of <paramref name="width"/> positions: where its next token is predicted.</summary>
    public int Last(int row, int width) => First(row, width) + Lengths[row] - 1;

    /// <summary>Refuses a padding that does not describe a batch of <paramref name="rows"/> rows and <paramref name="width"/> positions.</summary>
    internal void Require(long rows, int width)
    {
        if (Lengths.Count != rows) throw new ArgumentException($"the padding has lengths of {Lengths.Count} rows, but the batch has {rows}", nameof(rows));
        foreach (var length in Lengths)
            if (length < 1 || length > width) throw new ArgumentException($"the padding has a row of {length} tokens, but the batch is {width} positions wide and a row has at least one token", nameof(width));
    }
}
