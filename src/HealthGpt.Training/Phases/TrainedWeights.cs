using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

/// <summary>
/// The weights one phase trains, moved into one flat float32 vector in a fixed order of names. The state's tensors become views of it and their gradients views of
/// a second vector, so that a backward pass leaves the gradient of all of them in one piece.
/// </summary>
internal sealed class TrainedWeights : IDisposable
{
    private readonly List<Tensor> _leaves = [];

    public TrainedWeights(TrainingState state, JobPhase phase, PhaseRoles roles)
    {
        var groups = new List<WeightGroup>();
        var named = NamesByGroup(state, phase, roles)
            .Select(group => (group.Rate, Weights: group.Names.Select(name => (Name: name, Tensor: state.Weights[name])).ToList()))
            .ToList();
        Length = named.Sum(group => group.Weights.Sum(weight => weight.Tensor.numel()));
        Flat = zeros([Length], ScalarType.Float32);
        // One element more than there are weights: the loss travels with the gradient.
        Gradient = zeros([Length + 1], ScalarType.Float32);
        Flat.DetachFromDisposeScope();
        Gradient.DetachFromDisposeScope();
        var start = 0L;
        foreach (var (rate, weights) in named)
        {
            var groupStart = start;
            foreach (var (name, tensor) in weights)
            {
                var length = tensor.numel();
                Move(state, name, tensor, start);
                start += length;
            }

            if (start > groupStart) groups.Add(new WeightGroup(groupStart, start - groupStart, rate));
        }

        Groups = groups;
        Names = [.. named.SelectMany(group => group.Weights.Select(weight => weight.Name))];
    }

    /// <summary>Number of trained weights.</summary>
    public long Length { get; }

    /// <summary>All of them, flat.</summary>
    public Tensor Flat { get; }

    /// <summary>Their gradient, flat, and one more element.</summary>
    public Tensor Gradient { get; }

    /// <summary>Parts with a learning rate of their own.</summary>
    public IReadOnlyList<WeightGroup> Groups { get; }

    /// <summary>Names in flat order.</summary>
    public IReadOnlyList<string> Names { get; }

    public void Dispose()
    {
        foreach (var leaf in _leaves.Where(leaf => !leaf.IsInvalid))
        {
            leaf.grad = null;
            leaf.requires_grad = false;
        }

        Flat.Dispose();
        Gradient.Dispose();
    }

    private void Move(TrainingState state, string name, Tensor tensor, long start)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var leaf = Flat.narrow(0, start, tensor.numel()).view(tensor.shape).detach();
        leaf.copy_(tensor.detach());
        leaf.requires_grad = true;
        leaf.grad = Gradient.narrow(0, start, tensor.numel()).view(tensor.shape);
        state.Set(name, leaf);
        _leaves.Add(leaf);
    }

    private static IEnumerable<(double Rate, IReadOnlyList<string> Names)> NamesByGroup(TrainingState state, JobPhase phase, PhaseRoles roles)
    {
        KindRole[] kinds = [.. new[] { roles.Comprehension, roles.Generation }.OfType<KindRole>()];
        yield return (phase.LearningRates.Adapter ?? 0, [.. kinds.Where(kind => kind.TrainsAdapter).SelectMany(kind => Under(state, kind.Adapter))]);
        yield return (phase.LearningRates.HLora ?? 0, [.. kinds.Where(kind => kind.TrainsHLora).SelectMany(kind => Under(state, kind.HLora!))]);
        var rows = new List<string>();
        if (roles.TrainsTextRows) rows.AddRange([WeightNames.TextEmbedding, WeightNames.TextHead]);
        if (roles.TrainsImageRows) rows.AddRange([WeightNames.ImageEmbedding, WeightNames.ImageHead]);
        yield return (phase.LearningRates.Vocabulary ?? 0, rows);
    }

    private static IEnumerable<string> Under(TrainingState state, string prefix) => state.Under(prefix).Select(entry => entry.Key);
}
