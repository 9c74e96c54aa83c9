using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

/// <summary>Embedding and head of a part of the vocabulary, trained or frozen, in the type and on the device of the computation.</summary>
internal sealed class VocabularyRows : IDisposable
{
    private readonly bool _trained;
    private readonly ScalarType _type;
    private readonly Device _device;
    private readonly Tensor _embedding;
    private readonly Tensor _head;

    public VocabularyRows(Tensor embedding, Tensor head, bool trained, ScalarType type, Device device)
    {
        _trained = trained;
        _type = type;
        _device = device;
        using var noGrad = no_grad();
        (_embedding, _head) = trained ? (embedding, head) : (Frozen(embedding), Frozen(head));
    }

    /// <summary>Rows of the embedding. Trained ones are looked up in their float32 masters and cast after, so that the gradients of a token that occurs often add up in float32, and in a fixed order.</summary>
    /// <param name="ids">The rows.</param>
    public Tensor Embed(IReadOnlyList<long> ids)
    {
        using var places = tensor(ids as long[] ?? [.. ids], ScalarType.Int64, _trained ? CPU : _device);
        var rows = _embedding.index_select(0, places);
        return _trained ? rows.As(_type, _device) : rows;
    }

    /// <summary>The head in the type of the computation.</summary>
    public Tensor Head() => _trained ? _head.As(_type, _device) : _head;

    public void Dispose()
    {
        if (_trained) return;
        _embedding.Dispose();
        _head.Dispose();
    }

    private Tensor Frozen(Tensor master)
    {
        using var plain = master.detach();
        var cast = plain.As(_type, _device);
        cast.DetachFromDisposeScope();
        return cast;
    }
}
