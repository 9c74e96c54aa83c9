using System.Globalization;
using System.Text.RegularExpressions;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

/// <summary>
/// The weights one phase trains, moved into one flat float32 vector in a fixed order of names. The state's tensors become views of it and their gradients views of
/// a second vector, so that a backward pass leaves the gradient of all of them in one piece.
/// </summary>
internal sealed partial class TrainedWeights : IDisposable
{
    // What travels with the gradient: the loss, and whether a checkpoint is to follow.
    private const int Travelling = 2;

    private readonly List<Tensor> _leaves = [];

    public TrainedWeights(TrainingState state, JobPhase phase, PhaseRoles roles)
    {
        var named = InFlatOrder(state, phase, roles);
        Length = named.Sum(weight => weight.Tensor.numel());
        Flat = Own(zeros([Length], ScalarType.Float32));
        Gradient = Own(zeros([Length + Travelling], ScalarType.Float32));
        Reduced = Own(zeros([Length + Travelling], ScalarType.Float32));
        Buckets = GradientBucket.Cut([.. named.Select(weight => (weight.Tensor.numel(), weight.Boundary)), (Travelling, GradientBucket.AtEnd)]);
        var groups = new List<WeightGroup>();
        var start = 0L;
        foreach (var weight in named)
        {
            var length = weight.Tensor.numel();
            Move(state, weight.Name, weight.Tensor, start);
            if (groups.Count > 0 && groups[^1].PeakRate == weight.Rate) groups[^1] = groups[^1] with { Length = groups[^1].Length + length };
            else groups.Add(new WeightGroup(start, length, weight.Rate));
            start += length;
        }

        Groups = groups;
        Names = [.. named.Select(weight => weight.Name)];
    }

    /// <summary>Number of trained weights.</summary>
    public long Length { get; }

    /// <summary>All of them, flat.</summary>
    public Tensor Flat { get; }

    /// <summary>Their gradient, flat; behind it the loss, and a number above 0 where a checkpoint is to follow.</summary>
    public Tensor Gradient { get; }

    /// <summary>The same summed over all shards.</summary>
    public Tensor Reduced { get; }

    /// <summary>How <see cref="Gradient"/> is cut for the exchange.</summary>
    public IReadOnlyList<GradientBucket> Buckets { get; }

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
        Reduced.Dispose();
    }

    private static Tensor Own(Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        return tensor;
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

    // The order in which the backward pass is done with them.
    private static IReadOnlyList<(string Name, Tensor Tensor, double Rate, int Boundary)> InFlatOrder(TrainingState state, JobPhase phase, PhaseRoles roles) =>
    [
        .. NamesByGroup(state, phase, roles)
            .SelectMany(group => group.Names.Select(name => (Name: name, Tensor: state.Weights[name], group.Rate, Boundary: BoundaryOf(name))))
            .OrderByDescending(weight => weight.Boundary),
    ];

    private static int BoundaryOf(string name)
    {
        if (name is WeightNames.TextHead or WeightNames.ImageHead) return GradientBucket.AfterBlocks;
        return LayerPattern().Match(name) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : GradientBucket.AtEnd;
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

    [GeneratedRegex(@"\.layers\.(\d+)\.")]
    private static partial Regex LayerPattern();
}
