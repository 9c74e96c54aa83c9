using TorchSharp;

namespace HealthGpt.Model.Devices;

/// <summary>
/// Tensors that a node of the gradient's graph makes in its forward pass. What it saves for the backward pass is taken only after the forward pass has returned, so they are given back
/// by the caller of the node.
/// </summary>
internal sealed class OwnedTensors : IDisposable
{
    private readonly List<torch.Tensor> _tensors = [];

    /// <summary>Takes a tensor over.</summary>
    public torch.Tensor Own(torch.Tensor tensor)
    {
        _tensors.Add(tensor);
        return tensor;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
    }
}
