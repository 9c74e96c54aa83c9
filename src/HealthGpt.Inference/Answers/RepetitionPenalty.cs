using HealthGpt.Model.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Answers;

/// <summary>Makes the tokens that an answer holds less likely to come again (<see cref="GenerationConfig.RepetitionPenalty"/>). For the device's thread.</summary>
internal sealed class RepetitionPenalty(double penalty)
{
    private readonly float _penalty = (float)penalty;
    private readonly SortedSet<long> _rows = [];

    /// <summary>Counts a row of the head as held.</summary>
    public void Add(int row) => _rows.Add(row);

    /// <summary>Changes the logits of the rows that are held.</summary>
    /// <param name="logits">Float32 logits of one position, over all rows of the head; changed in place.</param>
    public void Apply(Tensor logits)
    {
        if (_rows.Count == 0) return;
        using var scope = NewDisposeScope();
        var rows = tensor(_rows.ToArray(), device: logits.device);
        var flat = logits.view(-1);
        var scores = flat.index_select(0, rows).cpu().data<float>().ToArray();
        flat.index_copy_(0, rows, tensor([.. scores.Select(Weigh)], device: logits.device));
    }

    private float Weigh(float score) => score < 0 ? score * _penalty : score / _penalty;
}
