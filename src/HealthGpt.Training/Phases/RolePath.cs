using HealthGpt.Model;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Weights;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

/// <summary>
/// Adapter and H-LoRA of one kind of samples in the type and on the device of the computation: what is frozen is cast once, what is trained is cast in each forward pass, so
/// that gradients flow back to its float32 master, which is on the CPU.
/// </summary>
internal sealed class RolePath : IDisposable
{
    private readonly ScalarType _type;
    private readonly Device _device;
    private readonly bool _castsAdapter;
    private readonly bool _castsHLora;
    private readonly AdapterWeights _adapter;
    private readonly HLoraWeights? _hlora;

    public RolePath(TrainingState state, KindRole role, HealthGptModel model)
    {
        (_type, _device) = (model.Type, model.Device);
        _castsAdapter = role.TrainsAdapter;
        _castsHLora = role.TrainsHLora;
        using var noGrad = no_grad();
        var masters = AdapterWeights.FromTensors(Masters(state, role.Adapter), model.Tower.Config.Width, model.Decoder.Config.Hidden);
        _adapter = _castsAdapter ? masters : Keep(masters.Cast(_type, _device));
        if (role.HLora is null) return;
        var hlora = HLoraWeights.FromTensors(Masters(state, role.HLora), model.Decoder.Config, role.Alpha);
        _hlora = _castsHLora ? hlora : Keep(hlora.Cast(_type, _device));
    }

    /// <summary>The adapter for one forward pass; belongs to the caller's dispose scope or to this.</summary>
    public AdapterWeights Adapter() => _castsAdapter ? _adapter.Cast(_type, _device) : _adapter;

    /// <summary>The H-LoRA for one forward pass; null where there is none.</summary>
    public HLoraWeights? HLora() => _castsHLora ? _hlora!.CastAtUse(_type, _device) : _hlora;

    // Masters belong to the state, casts to this.
    public void Dispose()
    {
        if (!_castsAdapter) _adapter.Dispose();
        if (!_castsHLora) _hlora?.Dispose();
    }

    private static WeightSet Masters(TrainingState state, string prefix) =>
        new(state.Under(prefix).ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value), prefix);

    private static AdapterWeights Keep(AdapterWeights weights)
    {
        foreach (var (_, tensor) in weights.NamedTensors()) tensor.DetachFromDisposeScope();
        return weights;
    }

    private static HLoraWeights Keep(HLoraWeights weights)
    {
        foreach (var (_, tensor) in weights.NamedTensors()) tensor.DetachFromDisposeScope();
        return weights;
    }
}
