using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Training;

// Shapes: B rows, T sequence, H hidden, P patches, N answer tokens, V vocabulary.

/// <summary>
/// Forward and backward pass of a micro-batch with the head either where answers are predicted or at every position, which is what a loss with ignored labels
/// does. Else it is what a phase runs.
/// </summary>
internal sealed class AnswerLoss : IDisposable
{
    private const long Ignored = -100;

    private readonly VqaStep _step;
    private readonly MicroBatch _batch;
    private readonly RolePath _path;
    private readonly VocabularyRows _text;
    private readonly VocabularyRows _image;

    public AnswerLoss(VqaStep step)
    {
        _step = step;
        _batch = step.FirstMicroBatch;
        var weights = step.State.Weights;
        var type = step.Model.Type;
        _path = new RolePath(step.State, PhaseRoles.Of(step.Job, step.Job.Phases[0], generationTask: false).Comprehension!, step.Model);
        _text = new VocabularyRows(weights[WeightNames.TextEmbedding], weights[WeightNames.TextHead], trained: false, type, CPU);
        _image = new VocabularyRows(weights[WeightNames.ImageEmbedding], weights[WeightNames.ImageHead], trained: false, type, CPU);
    }

    /// <summary>The samples of one micro-batch of the step.</summary>
    public PreparedSample[] Samples => _batch.Samples;

    /// <summary>The micro-batch's mean loss, whose gradient is added to the trained weights'.</summary>
    public float Run(bool everywhere)
    {
        using var scope = NewDisposeScope();
        using Scalar tokens = Samples.Sum(sample => sample.AnswerTokens);
        var loss = Loss(everywhere) / tokens;
        loss.backward();
        return loss.item<float>();
    }

    public void Dispose()
    {
        _path.Dispose();
        _text.Dispose();
        _image.Dispose();
    }

    private Tensor Loss(bool everywhere)
    {
        var model = _step.Model;
        var layout = _batch.Layout!;
        var hidden = model.Decoder.Forward(Embed(layout), _path.HLora()).flatten(0, 1);
        if (!everywhere) return CrossEntropy(hidden.index_select(0, Ids(layout.AnswerPlaces)), Ids(layout.Targets));

        var labels = full([hidden.shape[0]], Ignored, ScalarType.Int64).index_copy(0, Ids(layout.AnswerPlaces), Ids(layout.Targets));
        return CrossEntropy(hidden, labels);
    }

    private Tensor CrossEntropy(Tensor hidden, Tensor labels)
    {
        var logits = cat([nn.functional.linear(hidden, _text.Head()), nn.functional.linear(hidden, _image.Head())], 1).to(ScalarType.Float32);
        return nn.functional.cross_entropy(logits, labels, ignore_index: Ignored, reduction: nn.Reduction.Sum);
    }

    private Tensor Embed(BatchLayout layout)
    {
        var features = stack(_batch.Pictures.Select(_step.Frozen.Features));
        var embeddings = _text.Embed(layout.TextIds).index_copy(0, Ids(layout.PatchPlaces), _path.Adapter().Forward(features).flatten(0, 1));
        return embeddings.view(layout.Rows, layout.Length, -1);
    }

    private static Tensor Ids(IReadOnlyList<long> values) => tensor([.. values], ScalarType.Int64);
}
