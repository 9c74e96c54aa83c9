using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Decoding;

// Shapes: T positions of the prompt, H hidden.

/// <summary>A question about a held-out slice as the decoder reads it, and greedy decoding of an answer of fixed length with and without a cache.</summary>
internal sealed class QuestionPrompt : IDisposable
{
    private readonly HealthGptModel _model;
    private readonly Plugin _plugin;
    private readonly Tensor _prompt;
    private KvCache? _read;

    public QuestionPrompt(ScalarType type)
    {
        _model = HealthGptModel.Load(Repository.ModelFolder, type);
        using var masters = RandomPlugin.Create(_model, "vqa", PluginKind.Comprehension);
        _plugin = masters with { HLora = masters.HLora.Cast(type), Adapter = masters.Adapter.Cast(type) };
        _prompt = Embed(Dataset.Load(Repository.Dataset).Select("vqa", "validation")[0]);
    }

    /// <summary>T.</summary>
    public long Length => _prompt.shape[1];

    /// <summary>Reads the prompt and writes tokens, keeping keys and values.</summary>
    public int[] WithCache(int tokens)
    {
        using var mode = inference_mode();
        using var cache = NewCache(tokens);
        return Continue(cache, _prompt, tokens);
    }

    /// <summary>Writes tokens, reading the whole sequence again for each.</summary>
    public int[] WithoutCache(int tokens)
    {
        using var mode = inference_mode();
        var answer = new int[tokens];
        var sequence = _prompt.alias();
        for (var at = 0; at < tokens; at++)
        {
            using var before = sequence;
            answer[at] = Next(before, null);
            using var row = Row(answer[at]);
            sequence = cat([before, row], 1);
        }

        sequence.Dispose();
        return answer;
    }

    /// <summary>Reads all of the prompt but its last position, for <see cref="Write"/>.</summary>
    public void Read(int tokens)
    {
        using var mode = inference_mode();
        _read?.Dispose();
        _read = NewCache(tokens);
        using var most = _prompt.narrow(1, 0, Length - 1);
        _model.Decoder.Forward(most, _plugin.HLora, _read).Dispose();
    }

    /// <summary>Writes tokens after <see cref="Read"/>.</summary>
    public void Write(int tokens)
    {
        using var mode = inference_mode();
        using var last = _prompt.narrow(1, Length - 1, 1);
        Continue(_read!, last, tokens);
    }

    public void Dispose()
    {
        _read?.Dispose();
        _prompt.Dispose();
        _plugin.Dispose();
        _model.Dispose();
    }

    private KvCache NewCache(int tokens) => new(_model.Decoder.Config, 1, (int)Length + tokens, _model.Type);

    private int[] Continue(KvCache cache, Tensor first, int tokens)
    {
        var answer = new int[tokens];
        answer[0] = Next(first, cache);
        for (var at = 1; at < tokens; at++)
        {
            using var row = Row(answer[at - 1]);
            answer[at] = Next(row, cache);
        }

        return answer;
    }

    private int Next(Tensor embeddings, KvCache? cache)
    {
        using var hidden = _model.Decoder.Forward(embeddings, _plugin.HLora, cache);
        using var last = hidden.select(1, hidden.shape[1] - 1);
        using var logits = LogitProjection.Apply(last, _model.Vocabulary.Head);
        using var best = logits.argmax(-1);
        return (int)best.item<long>();
    }

    private Tensor Row(int token)
    {
        using var id = tensor(new long[] { token });
        using var row = _model.Vocabulary.Embedding.index_select(0, id);
        return row.unsqueeze(0);
    }

    private Tensor Embed(Sample sample)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var wanted = _model.Preparation;
        var clip = new ClipPreparation { Size = wanted.Size, Mean = wanted.Mean, Std = wanted.Std };
        var pixels = tensor(clip.Prepare(RgbImage.Load(sample.Images[0])), [1, 3, wanted.Size, wanted.Size]).to(_model.Type);
        var features = _plugin.Adapter.Forward(_model.Tower.Forward(pixels, abstractGrained: true, concreteGrained: false).Abstract!);
        var ids = Prompt.Build(_model.Tokenizer, _model.Template, _model.ImageVocabulary, sample.Question, generation: false);
        return EmbeddingSplice.Row(_model.Vocabulary.Embedding, ids, [features[0]]).unsqueeze(0).MoveToOuterDisposeScope();
    }
}
