using HealthGpt.Model.Devices;
using HealthGpt.Model.Weights;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

/// <summary>Trainable float32 weights under the names of a weight file, views of one flat vector, with AdamW over it. All are added before the first is used.</summary>
internal sealed class MasterWeights : IDisposable
{
    private static readonly OptimizerSettings Settings = new() { Beta1 = 0.9, Beta2 = 0.98, WeightDecay = 0.01 };

    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly Generator _generator;
    private Tensor? _flat;
    private Tensor? _gradient;
    private Tensor? _first;
    private Tensor? _second;
    private int _steps;

    public MasterWeights(ulong seed) => _generator = new Generator(seed & long.MaxValue);

    /// <summary>Randomness of this part alone: parts are trained at the same time, and a shared source would give each what the other left.</summary>
    public Generator Generator => _generator;

    /// <summary>Uniform within 1/sqrt(inputs), as PyTorch starts linears and convolutions.</summary>
    public void Uniform(string name, long inputs, params long[] shape)
    {
        using var scope = NewDisposeScope();
        Value(name, rand(shape, ScalarType.Float32, generator: _generator).Times(2).Plus(-1).Times(1 / Math.Sqrt(inputs)));
    }

    public void Normal(string name, double deviation, params long[] shape)
    {
        using var scope = NewDisposeScope();
        Value(name, randn(shape, ScalarType.Float32, generator: _generator).Times(deviation));
    }

    public void Constant(string name, double value, params long[] shape)
    {
        using var scope = NewDisposeScope();
        Value(name, zeros(shape, ScalarType.Float32).Plus(value));
    }

    public void Value(string name, Tensor start) => _weights.Add(name, start.DetachFromDisposeScope());

    /// <summary>The weights cast to the computation's type, with gradients flowing back; disposed by the caller.</summary>
    public WeightSet Cast(ScalarType type)
    {
        if (_flat is null) Flatten();
        return new WeightSet(_weights.ToDictionary(item => item.Key, item => item.Value.to(type, copy: true)), "weights in training");
    }

    /// <summary>One AdamW step on a loss, its gradient clipped to norm 1; a step whose gradient is not finite is left out.</summary>
    public void Step(Tensor loss, double learningRate)
    {
        _gradient!.bytes.Clear();
        GradientPass.Run(loss);
        if (!double.IsFinite(AdamW.Clip(_gradient, 1))) return;
        AdamW.Step(Settings, _flat!, _first!, _second!, _gradient, [(0, _flat!.numel(), learningRate)], ++_steps);
    }

    /// <summary>Writes the weights as bfloat16, without those whose name starts with <paramref name="except"/>.</summary>
    public void Save(string path, string? except = null)
    {
        using var scope = NewDisposeScope();
        using var stream = File.Create(path);
        SafetensorsWriter.Write(
            stream, _weights.Where(item => except is null || !item.Key.StartsWith(except, StringComparison.Ordinal))
                .OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => new KeyValuePair<string, Tensor>(item.Key, item.Value.detach().to(ScalarType.BFloat16))),
            SafetensorsWriter.PyTorchFormat);
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values.Concat(new[] { _flat, _gradient, _first, _second }.OfType<Tensor>())) weight.Dispose();
        _generator.Dispose();
    }

    private void Flatten()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var length = _weights.Values.Sum(weight => weight.numel());
        Tensor Vector() => zeros([length], ScalarType.Float32).DetachFromDisposeScope();
        (_flat, _gradient, _first, _second) = (Vector(), Vector(), Vector(), Vector());
        var start = 0L;
        foreach (var (name, old) in _weights.ToList())
        {
            var leaf = _flat.narrow(0, start, old.numel()).view(old.shape).detach();
            leaf.copy_(old);
            leaf.requires_grad = true;
            leaf.grad = _gradient.narrow(0, start, old.numel()).view(old.shape);
            _weights[name] = leaf.DetachFromDisposeScope();
            start += old.numel();
            old.Dispose();
        }
    }
}
