using HealthGpt.Model.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

/// <summary>Trainable float32 weights under the names of a weight file, with an AdamW optimizer over them.</summary>
internal sealed class MasterWeights : IDisposable
{
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly Generator _generator;
    private optim.Optimizer? _optimizer;

    public MasterWeights(ulong seed) => _generator = new Generator(seed & long.MaxValue);

    /// <summary>Uniform within 1/sqrt(inputs), as PyTorch starts linears and convolutions.</summary>
    public void Uniform(string name, long inputs, params long[] shape) =>
        Add(name, rand(shape, ScalarType.Float32, generator: _generator).mul_(2).sub_(1).div_(Math.Sqrt(inputs)));

    public void Normal(string name, double deviation, params long[] shape) => Add(name, randn(shape, ScalarType.Float32, generator: _generator).mul_(deviation));

    public void Constant(string name, double value, params long[] shape) => Add(name, full(shape, value, ScalarType.Float32));

    public void Value(string name, Tensor start) => Add(name, start);

    private void Add(string name, Tensor start) => _parameters.Add(name, new Parameter(start));

    public Tensor this[string name] => _parameters[name];

    /// <summary>The weights cast to the computation's type, with gradients flowing back; disposed by the caller.</summary>
    public WeightSet Cast(ScalarType type) => new(_parameters.ToDictionary(item => item.Key, item => item.Value.to(type, copy: true)), "weights in training");

    /// <summary>One AdamW step on a loss, its gradient clipped to norm 1; a step whose gradient is not finite is left out.</summary>
    public void Step(Tensor loss, double learningRate)
    {
        _optimizer ??= optim.AdamW(_parameters.Values, lr: learningRate, beta1: 0.9, beta2: 0.98, weight_decay: 0.01);
        foreach (var group in _optimizer.ParamGroups) group.LearningRate = learningRate;
        _optimizer.zero_grad();
        loss.backward();
        if (double.IsFinite(nn.utils.clip_grad_norm_(_parameters.Values, 1))) _optimizer.step();
    }

    /// <summary>Writes the weights as bfloat16, without those whose name starts with <paramref name="except"/>.</summary>
    public void Save(string path, string? except = null)
    {
        using var scope = NewDisposeScope();
        using var stream = File.Create(path);
        SafetensorsWriter.Write(
            stream, _parameters.Where(item => except is null || !item.Key.StartsWith(except, StringComparison.Ordinal))
                .OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => new KeyValuePair<string, Tensor>(item.Key, item.Value.detach().to(ScalarType.BFloat16))),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    public void Dispose()
    {
        _optimizer?.Dispose();
        foreach (var parameter in _parameters.Values) parameter.Dispose();
        _generator.Dispose();
    }
}
