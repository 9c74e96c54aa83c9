using HealthGpt.Data.Images;
using HealthGpt.Model;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Tests;

/// <summary>What the engine must equal: the whole sequence through the decoder for every token, no cache, no queue.</summary>
internal static class PlainDecoding
{
    public static IReadOnlyList<int> Decode(string folder, string task, string message, IReadOnlyList<byte[]> images, int tokens, double penalty = 1)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = HealthGptModel.Load(folder, ScalarType.Float32);
        using var plugin = model.LoadPlugin(task);
        var generation = plugin.Kind == PluginKind.Generation;
        var prompt = Prompt.Build(model.Tokenizer, model.Template, model.ImageVocabulary, message, generation);
        var (first, count) = generation ? (model.ImageVocabulary.FirstCode, model.ImageVocabulary.Codes) : (0, model.ImageVocabulary.TextTokens);
        var head = model.VocabularyOf(plugin).Head.narrow(0, first, count);
        var stop = model.Tokenizer.IdOf(model.Template.Stop);
        var sequence = Embed(model, plugin, prompt, images);
        var answer = new List<int>();
        while (answer.Count < tokens)
        {
            var hidden = model.Decoder.Forward(sequence, plugin.HLora);
            var scores = nn.functional.linear(hidden.select(1, hidden.shape[1] - 1), head).data<float>().Select((score, row) => answer.Contains(first + row) ? score < 0 ? score * penalty : score / penalty : score).ToArray();
            var next = first + Array.IndexOf(scores, scores.Max());
            if (next == stop)
                break;
            answer.Add(next);
            sequence = cat([sequence, Rows(model, plugin, [next])], 1);
        }
        return answer;
    }

    public static RgbImage Draw(string folder, IEnumerable<int> tokens)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = HealthGptModel.Load(folder, ScalarType.Float32);
        var codes = tokens.Select(token => (long)(token - model.ImageVocabulary.FirstCode)).ToArray();
        var drawn = model.ImageTokenizer.Decode(tensor(codes).unsqueeze(0));
        return TokenizerPreparation.FromModel(drawn.data<float>().ToArray(), model.ImageTokenizer.Resolution);
    }

    private static Tensor Embed(HealthGptModel model, Plugin plugin, int[] prompt, IReadOnlyList<byte[]> images)
    {
        var next = 0;
        return cat([.. prompt.Select(id => id == Prompt.ImageId ? Features(model, plugin, images[next++]) : Rows(model, plugin, [id]))], 1);
    }

    private static Tensor Rows(HealthGptModel model, Plugin plugin, int[] ids) =>
        model.VocabularyOf(plugin).Embedding.index_select(0, tensor(ids, ScalarType.Int64)).unsqueeze(0);

    private static Tensor Features(HealthGptModel model, Plugin plugin, byte[] file)
    {
        var wanted = model.Preparation;
        var clip = new ClipPreparation { Size = wanted.Size, Mean = wanted.Mean, Std = wanted.Std };
        var pixels = tensor(clip.Prepare(RgbImage.Decode(file, "test")), [1, 3, wanted.Size, wanted.Size]);
        var generation = plugin.Kind == PluginKind.Generation;
        var features = model.Tower.Forward(pixels, !generation, generation);
        return plugin.Adapter.Forward((generation ? features.Concrete : features.Abstract)!);
    }
}
