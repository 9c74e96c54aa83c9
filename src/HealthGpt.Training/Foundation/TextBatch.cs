using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: B batch, T sequence, C length of the passage, V vocabulary.

/// <summary>Prompts with a passage of fixed length where images will stand later, and the answers to learn.</summary>
internal sealed class TextBatch
{
    private readonly List<long> _places = [];
    private readonly List<long> _targets = [];
    private readonly List<float> _weights = [];

    public TextBatch(IReadOnlyList<TextRow> rows, int vocabulary)
    {
        Rows = rows.Count;
        Vocabulary = vocabulary;
        Start = rows[0].Before.Length;
        Passage = rows[0].Passage.Length / vocabulary;
        Length = rows.Max(row => row.Before.Length + Passage + row.After.Count);
        Ids = new long[Rows * Length];
        Mixture = new float[Rows * Passage * vocabulary];
        for (var row = 0; row < Rows; row++) Place(row, rows[row]);
    }

    /// <summary>B.</summary>
    public int Rows { get; }

    /// <summary>T.</summary>
    public int Length { get; }

    /// <summary>Where the passage begins, the same in each row.</summary>
    public int Start { get; }

    /// <summary>C.</summary>
    public int Passage { get; }

    /// <summary>V.</summary>
    public int Vocabulary { get; }

    /// <summary>Ids <c>(B, T)</c>, flat; 0 where the passage or padding is.</summary>
    public long[] Ids { get; }

    /// <summary>How much of each letter stands at each place of the passage, <c>(B, C, V)</c>, flat.</summary>
    public float[] Mixture { get; }

    /// <summary>Places whose output is learnt.</summary>
    public Tensor Places() => tensor(_places.ToArray());

    /// <summary>What follows them.</summary>
    public Tensor Targets() => tensor(_targets.ToArray());

    /// <summary>How much each counts.</summary>
    public Tensor Weights() => tensor(_weights.ToArray());

    private void Place(int row, TextRow text)
    {
        text.Passage.CopyTo(Mixture, row * text.Passage.Length);
        var place = row * Length;
        foreach (var id in text.Before) Ids[place++] = id;
        place += Passage;
        foreach (var token in text.After)
        {
            if (token.Weight > 0) Learn(place - 1, token.Id, token.Weight);
            Ids[place++] = token.ReadBack;
        }
    }

    private void Learn(int place, int target, float weight)
    {
        _places.Add(place);
        _targets.Add(target);
        _weights.Add(weight);
    }
}
