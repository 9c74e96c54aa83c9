using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Phases;

/// <summary>Embedding and head of a part of the vocabulary, trained or frozen.</summary>
internal sealed class VocabularyRows : IDisposable
{
    private readonly bool _trained;
    private readonly ScalarType _type;
    private readonly Tensor _embedding;
    private readonly Tensor _head;

    public VocabularyRows(Tensor embedding, Tensor head, bool trained, ScalarType type)
    {
        _trained = trained;
        _type = type;
        using var noGrad = no_grad();
        (_embedding, _head) = trained ? (embedding, head) : (Frozen(embedding, type), Frozen(head, type));
    }

    /// <summary>Rows of the embedding. Trained ones are looked up in float32 and cast after, so that the gradients of a token that occurs often add up in float32.</summary>
    public Tensor Embed(Tensor ids) => _trained ? _embedding.index_select(0, ids).to(_type) : _embedding.index_select(0, ids);

    /// <summary>The head in the type of the computation.</summary>
    public Tensor Head() => _trained ? _head.to(_type) : _head;

    public void Dispose()
    {
        if (_trained) return;
        _embedding.Dispose();
        _head.Dispose();
    }

    private static Tensor Frozen(Tensor master, ScalarType type)
    {
        using var plain = master.detach();
        var cast = plain.dtype == type ? plain.alias() : plain.to(type);
        cast.DetachFromDisposeScope();
        return cast;
    }
}
