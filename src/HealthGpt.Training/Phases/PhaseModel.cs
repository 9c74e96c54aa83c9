using System.Diagnostics;
using HealthGpt.Model;
using HealthGpt.Model.Devices;
using HealthGpt.Model.HLora;
using HealthGpt.Training.Features;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

// Shapes: B rows, T sequence, H hidden, P patches, W vision width, N answer tokens, V vocabulary.

/// <summary>The model as one phase runs it: loss of a micro-batch, with gradients to what the phase trains.</summary>
internal sealed class PhaseModel : IDisposable
{
    private readonly HealthGptModel _model;
    private readonly FrozenParts _frozen;
    private readonly RolePath?[] _paths;
    private readonly VocabularyRows _textRows;
    private readonly VocabularyRows _imageRows;
    private readonly bool _checkpointsActivations;

    public PhaseModel(HealthGptModel model, FrozenParts frozen, TrainingState state, PhaseRoles roles, bool checkpointsActivations = false)
    {
        _checkpointsActivations = checkpointsActivations;
        _model = model;
        _frozen = frozen;
        _paths = [Path(state, roles.Comprehension), Path(state, roles.Generation)];
        _textRows = new VocabularyRows(state.Weights[WeightNames.TextEmbedding], state.Weights[WeightNames.TextHead], roles.TrainsTextRows, model.Type, model.Device);
        _imageRows = new VocabularyRows(state.Weights[WeightNames.ImageEmbedding], state.Weights[WeightNames.ImageHead], roles.TrainsImageRows, model.Type, model.Device);
    }

    /// <summary>Time that forward passes took, all together.</summary>
    public TimeSpan ForwardTime { get; private set; }

    /// <summary>Time that backward passes took, all together.</summary>
    public TimeSpan BackwardTime { get; private set; }

    /// <summary>Adds the gradient of a micro-batch to the trained weights' and returns its share of the loss.</summary>
    /// <param name="batch">The micro-batch.</param>
    /// <param name="globalTokens">Answer tokens of the whole global batch.</param>
    /// <param name="dropout">Dropout inside H-LoRA.</param>
    /// <param name="reached">Told of the boundaries that the backward pass comes to.</param>
    public float Backward(MicroBatch batch, int globalTokens, HLoraDropout? dropout, Action<int>? reached = null)
    {
        using var scope = NewDisposeScope();
        var started = Stopwatch.GetTimestamp();
        // Elsewhere another thread adds the gradients to the masters, at a time of its own.
        var loss = Loss(batch, globalTokens, dropout, _model.Device.type == DeviceType.CPU ? reached : null);
        var middle = Stopwatch.GetTimestamp();
        GradientPass.Run(loss);
        ForwardTime += Stopwatch.GetElapsedTime(started, middle);
        BackwardTime += Stopwatch.GetElapsedTime(middle);
        return loss.item<float>();
    }

    public void Dispose()
    {
        foreach (var path in _paths) path?.Dispose();
        _textRows.Dispose();
        _imageRows.Dispose();
    }

    private RolePath? Path(TrainingState state, KindRole? role) => role is null ? null : new RolePath(state, role, _model);

    private Tensor Loss(MicroBatch batch, int globalTokens, HLoraDropout? dropout, Action<int>? reached)
    {
        var path = _paths[batch.Generation ? 1 : 0] ?? throw new InvalidOperationException("the phase has no path for samples of this kind");
        var layout = batch.Layout ?? _frozen.LayoutOf(batch);
        var hidden = _model.Decoder.Forward(Embed(batch, layout, path), path.HLora(), dropout: dropout, backwardReached: reached, checkpointsActivations: _checkpointsActivations);
        var answers = hidden.flatten(0, 1).index_select(0, Places(layout.AnswerPlaces));
        var logits = cat([nn.functional.linear(answers, _textRows.Head()), nn.functional.linear(answers, _imageRows.Head())], 1).to(ScalarType.Float32);
        using Scalar tokens = globalTokens;
        return nn.functional.cross_entropy(logits, Places(layout.Targets), reduction: nn.Reduction.Sum) / tokens;
    }

    private Tensor Embed(MicroBatch batch, BatchLayout layout, RolePath path)
    {
        var embeddings = _textRows.Embed(layout.TextIds);
        if (layout.ImageTokenPlaces.Count > 0)
            embeddings = embeddings.index_copy(0, Places(layout.ImageTokenPlaces), _imageRows.Embed(layout.ImageTokenRows));
        if (batch.Pictures.Length > 0)
        {
            var features = stack(batch.Pictures.Select(_frozen.Features));
            embeddings = embeddings.index_copy(0, Places(layout.PatchPlaces), path.Adapter().Forward(features).flatten(0, 1));
        }

        return embeddings.view(layout.Rows, layout.Length, -1);
    }

    private Tensor Places(IReadOnlyList<long> values) => tensor(values as long[] ?? [.. values], ScalarType.Int64, _model.Device);
}
