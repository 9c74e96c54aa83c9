using HealthGpt.Model.Decoder;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Vocabulary;

/// <summary>
/// The embeddings and heads of a model folder. Each pair is read when it is first asked for, so that a process whose plugins all go with one of them holds no other.
/// May be used from any thread.
/// </summary>
internal sealed class ModelVocabularies : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<VocabularySource, VocabularyWeights> _read = [];
    private readonly string _language;
    private readonly string? _fusion;
    private readonly DecoderConfig _config;
    private readonly ImageVocabulary _images;
    private readonly ScalarType _type;
    private readonly Device? _device;
    private bool _disposed;

    /// <summary>Reads nothing yet.</summary>
    /// <param name="language">The base language model's folder.</param>
    /// <param name="fusion">The fusion weights' file; null where there are none.</param>
    /// <param name="config">The base's configuration.</param>
    /// <param name="images">Where the image tokens lie.</param>
    /// <param name="type">The element type that the weights get.</param>
    /// <param name="device">Where they go; the CPU by default.</param>
    public ModelVocabularies(string language, string? fusion, DecoderConfig config, ImageVocabulary images, ScalarType type, Device? device) =>
        (_language, _fusion, _config, _images, _type, _device) = (language, fusion, config, images, type, device);

    /// <summary>Embedding and head; they stay this object's.</summary>
    /// <param name="source">Which.</param>
    /// <param name="cancellationToken">Stops the reading between two tensors.</param>
    /// <exception cref="WeightFileException">They are missing or of another shape.</exception>
    public VocabularyWeights Of(VocabularySource source, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(HealthGptModel));
            if (!_read.TryGetValue(source, out var weights)) _read.Add(source, weights = source == VocabularySource.Fusion ? ReadFusion(cancellationToken) : ReadBase(cancellationToken));
            return weights;
        }
    }

    private VocabularyWeights ReadFusion(CancellationToken cancellationToken)
    {
        var weights = WeightSet.Load(_fusion ?? throw new InvalidOperationException("the model has no fusion weights"), _type, _device, cancellationToken: cancellationToken);
        try
        {
            return VocabularyWeights.FromTensors(weights, _images.Size, _config.Hidden);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private VocabularyWeights ReadBase(CancellationToken cancellationToken)
    {
        var embedding = ReadExtended(DecoderLayout.Embedding, cancellationToken);
        try
        {
            return new VocabularyWeights(embedding, ReadExtended(DecoderLayout.Head, cancellationToken));
        }
        catch
        {
            embedding.Dispose();
            throw;
        }
    }

    // One after the other, and the base's rows go as soon as they are extended: beside the decoder there is room for little more than the result.
    private Tensor ReadExtended(string name, CancellationToken cancellationToken)
    {
        using var weights = WeightSet.Load(_language, _type, _device, tensor => tensor == name, cancellationToken);
        return VocabularyWeights.Extend(weights.Get(name, _config.VocabularyRows, _config.Hidden), _images);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var weights in _read.Values) weights.Dispose();
            _read.Clear();
        }
    }
}
