using HealthGpt.Model.Vocabulary;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Answers;

// Shapes: T sequence, P patches, H hidden, V rows of the head.

/// <summary>The embedding and head that the plugins of some answers go with. For the device's thread.</summary>
internal sealed class AnswerVocabulary : IDisposable
{
    private readonly VocabularyWeights _weights;

    /// <param name="weights">The embedding and head; stay the model's.</param>
    /// <param name="images">Where the image tokens lie.</param>
    public AnswerVocabulary(VocabularyWeights weights, ImageVocabulary images)
    {
        _weights = weights;
        // An answer picks among the rows of its kind only, so a text never holds an image token and an image holds nothing else.
        TextHead = weights.Head.narrow(0, 0, images.TextTokens);
        ImageHead = weights.Head.narrow(0, images.FirstCode, images.Codes);
    }

    /// <summary>Head rows of the text tokens, (V, H).</summary>
    public Tensor TextHead { get; }

    /// <summary>Head rows of the image codes, (V, H).</summary>
    public Tensor ImageHead { get; }

    /// <summary>Embeddings of tokens with images in their places, (1, T, H); the caller's.</summary>
    /// <param name="ids">Token ids with <see cref="Model.Text.Prompt.ImageId"/> at each image.</param>
    /// <param name="images">Projected features of the images in order, each (P, H).</param>
    public Tensor Embed(ReadOnlySpan<int> ids, IReadOnlyList<Tensor> images)
    {
        using var row = EmbeddingSplice.Row(_weights.Embedding, ids, images);
        return row.unsqueeze(0);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        TextHead.Dispose();
        ImageHead.Dispose();
    }
}
