using HealthGpt.Model.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Vocabulary;

// Shapes: T sequence, P patches, H hidden.

/// <summary>Turns prompt ids into decoder inputs: embedding rows, with an image's projected features in the place of its placeholder.</summary>
public static class EmbeddingSplice
{
    /// <summary>Builds the input of one row.</summary>
    /// <param name="embedding">The input embedding, <c>(V, H)</c>.</param>
    /// <param name="ids">Token ids with <see cref="Prompt.ImageId"/> at each image.</param>
    /// <param name="images">Projected features of the images in order, each <c>(P, H)</c>.</param>
    /// <returns><c>(T, H)</c> in the features' element type; the caller's.</returns>
    /// <exception cref="ArgumentException">The numbers of placeholders and images differ.</exception>
    public static Tensor Row(Tensor embedding, ReadOnlySpan<int> ids, IReadOnlyList<Tensor> images)
    {
        var places = ids.Count(Prompt.ImageId);
        if (places != images.Count)
            throw new ArgumentException($"the prompt has {places} image placeholders, but {images.Count} images are given", nameof(images));

        using var scope = NewDisposeScope();
        var type = images.Count > 0 ? images[0].dtype : embedding.dtype;
        var parts = new List<Tensor>();
        var next = 0;
        while (true)
        {
            var length = ids.IndexOf(Prompt.ImageId);
            var text = length < 0 ? ids : ids[..length];
            if (text.Length > 0) parts.Add(Rows(embedding, text, type));
            if (length < 0) break;
            parts.Add(images[next++]);
            ids = ids[(length + 1)..];
        }

        // One token of an answer needs no copy.
        return (images.Count == 0 && parts.Count == 1 ? parts[0] : cat(parts, 0)).MoveToOuterDisposeScope();
    }

    private static Tensor Rows(Tensor embedding, ReadOnlySpan<int> ids, ScalarType type)
    {
        var wide = new long[ids.Length];
        for (var i = 0; i < ids.Length; i++) wide[i] = ids[i];
        // Rows are taken from the float32 masters and cast after, so that their gradients are summed in float32.
        return embedding.index_select(0, tensor(wide, device: embedding.device)).to(type);
    }
}
