using TorchSharp;

namespace HealthGpt.Model.Devices;

/// <summary>What a node's forward pass left for its backward pass.</summary>
internal class SavedTensors(torch.autograd.AutogradContext node) : IDisposable
{
    private readonly List<torch.Tensor> _tensors = node.get_saved_variables();

    /// <summary>How many there are.</summary>
    public int Count => _tensors.Count;

    /// <summary>One of them; null where null was saved.</summary>
    public torch.Tensor this[int index] => _tensors[index];

    /// <summary>Those from one on.</summary>
    public IReadOnlyList<torch.Tensor> From(int index) => _tensors[index..];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor?.Dispose();
        GC.SuppressFinalize(this);
    }
}
