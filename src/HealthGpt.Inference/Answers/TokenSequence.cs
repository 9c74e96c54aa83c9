using HealthGpt.Inference.Requests;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Plugins;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Answers;

// Shapes: T sequence, P patches, H hidden, V rows of the head.

/// <summary>One request's positions on the device: its prompt and the answer so far, as keys and values.</summary>
internal sealed class TokenSequence : IDisposable
{
    private readonly DeviceModel _model;
    private readonly Plugin _plugin;
    private readonly AnswerVocabulary _vocabulary;
    private readonly PlannedRequest _request;
    private readonly KvCache _cache;

    public TokenSequence(DeviceModel model, PlannedRequest request)
    {
        _model = model;
        _plugin = model.Plugin(request.Task.Task);
        _vocabulary = model.VocabularyOf(request.Task.Task);
        _request = request;
        _cache = model.NewCache(request.Positions);
    }

    /// <summary>Reads the prompt; the last position's hidden state, (1, 1, H), is the caller's.</summary>
    public Tensor ReadPrompt()
    {
        using var embeddings = EmbedPrompt();
        return Advance(embeddings);
    }

    /// <summary>Reads one token more; its hidden state, (1, 1, H), is the caller's.</summary>
    public Tensor Read(int token)
    {
        using var embedding = _vocabulary.Embed([token], []);
        return Advance(embedding);
    }

    /// <inheritdoc />
    public void Dispose() => _cache.Dispose();

    private Tensor Advance(Tensor embeddings)
    {
        using var hidden = _model.Decoder.Forward(embeddings, _plugin.HLora, _cache);
        return hidden.narrow(1, hidden.shape[1] - 1, 1);
    }

    private Tensor EmbedPrompt()
    {
        var images = new List<Tensor>();
        try
        {
            foreach (var image in _request.Images) images.Add(EmbedImage(image));
            return _vocabulary.Embed([.. _request.Prompt], images);
        }
        finally
        {
            images.ForEach(image => image.Dispose());
        }
    }

    // (P, H)
    private Tensor EmbedImage(RequestImage image)
    {
        using var features = _model.Features.Of(image, _request.Task.Kind);
        using var projected = _plugin.Adapter.Forward(features);
        return projected.squeeze(0);
    }
}
