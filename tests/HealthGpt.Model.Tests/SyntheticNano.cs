using HealthGpt.Model.Presets;
using HealthGpt.Model.Synthesis;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests;

/// <summary>A model folder of healthgpt-nano's sizes with random weights, to be broken.</summary>
internal sealed class SyntheticNano : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public SyntheticNano(ulong seed = 5)
    {
        Folder = Path.Combine(_root.Path, "model");
        new SyntheticModel(ModelPreset.Nano, ScalarType.BFloat16, seed).Write(Folder, _ => { }, TestContext.Current.CancellationToken);
    }

    public string Folder { get; }

    public string At(params string[] path) => Path.Combine([Folder, .. path]);

    /// <summary>Writes a weight file again with other tensors.</summary>
    public void Rewrite(string path, Action<Dictionary<string, Tensor>> change)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        using (var file = WeightFile.Open(At(path)))
            foreach (var name in file.Entries.Keys) tensors.Add(name, file.Read(name));
        change(tensors);
        using var stream = File.Create(At(path));
        SafetensorsWriter.Write(stream, tensors);
    }

    public void Dispose() => _root.Dispose();
}
