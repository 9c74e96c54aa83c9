using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model.Decoder;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Decoding;

/// <summary>Greedy decoding of a batch of answers after prompts of one length.</summary>
internal sealed class GreedyBatch : IDisposable
{
    private readonly RandomDecoder _subject;
    private readonly Tensor _prompt;
    private readonly int _batch;
    private readonly int _tokens;
    private KvCache? _cache;
    private Tensor? _hidden;

    public GreedyBatch(RandomDecoder subject, int batch, int prompt, int tokens)
    {
        (_subject, _batch, _tokens) = (subject, batch, tokens);
        using var generator = new Generator(20275);
        using var random = randn([batch, prompt, subject.Decoder.Config.Hidden], ScalarType.Float32, generator: generator);
        _prompt = random.to(subject.Decoder.Type, copy: true);
    }

    /// <summary>Tokens of all answers.</summary>
    public int Tokens => _batch * _tokens;

    /// <summary>Reads the prompts.</summary>
    public void Read()
    {
        using var mode = no_grad();
        _cache?.Dispose();
        _hidden?.Dispose();
        _cache = new KvCache(_subject.Decoder.Config, _batch, (int)_prompt.shape[1] + _tokens, _subject.Decoder.Type);
        using var hidden = _subject.Decoder.Forward(_prompt, null, _cache);
        _hidden = hidden.narrow(1, hidden.shape[1] - 1, 1);
    }

    /// <summary>Writes the answers after <see cref="Read"/>.</summary>
    /// <param name="throughTorch">Whether every operation is torch's: what the decoder does where gradients are recorded, which costs nothing here as no weight asks for one.</param>
    public void Write(bool throughTorch = false)
    {
        using var mode = set_grad_enabled(throughTorch);
        for (var at = 0; at < _tokens; at++)
        {
            using var logits = LogitProjection.Apply(_hidden!, _subject.Head);
            using var ids = throughTorch ? logits.argmax(-1).flatten() : tensor(GreedyChoice.Of(logits), ScalarType.Int64);
            using var rows = _subject.Embedding.index_select(0, ids);
            using var input = rows.unsqueeze(1);
            _hidden!.Dispose();
            _hidden = _subject.Decoder.Forward(input, null, _cache);
        }
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _hidden?.Dispose();
        _prompt.Dispose();
    }
}
