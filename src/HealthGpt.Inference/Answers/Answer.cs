using System.Threading.Channels;
using HealthGpt.Data.Samples;
using HealthGpt.Inference.Requests;
using HealthGpt.Inference.Scheduling;
using HealthGpt.Model.Decoder;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Answers;

/// <summary>One request being answered: its turns run on the device's thread, its chunks are read anywhere.</summary>
internal abstract class Answer : ITurn
{
    private readonly Channel<GenerationChunk> _chunks = Channel.CreateUnbounded<GenerationChunk>(new() { SingleReader = true, SingleWriter = true });
    private readonly RepetitionPenalty? _penalty;
    private TokenSequence? _sequence;
    private int _last;
    private volatile bool _withdrawn;

    protected Answer(DeviceModel model, PlannedRequest request)
    {
        Model = model;
        Request = request;
        Vocabulary = model.VocabularyOf(request.Task.Task);
        if (!model.RepetitionPenalty.Equals(1)) _penalty = new RepetitionPenalty(model.RepetitionPenalty);
    }

    /// <inheritdoc />
    public bool Withdrawn => _withdrawn;

    /// <summary>Images are bulk, so that a question waits for no whole image.</summary>
    public TurnLane Lane => Request.Task.Kind == TaskKind.Generation ? TurnLane.Bulk : TurnLane.Interactive;

    protected DeviceModel Model { get; }

    protected PlannedRequest Request { get; }

    /// <summary>The embedding and head that the request's plugin goes with.</summary>
    protected AnswerVocabulary Vocabulary { get; }

    /// <summary>Makes the answer of a request's kind.</summary>
    public static Answer Create(DeviceModel model, PlannedRequest request) =>
        request.Task.Kind == TaskKind.Generation ? new ImageAnswer(model, request) : new TextAnswer(model, request);

    /// <summary>The chunks as they come; throws what the answer failed with.</summary>
    public IAsyncEnumerable<GenerationChunk> ReadAsync(CancellationToken cancellationToken) => _chunks.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Gives the answer up: its next turn frees what it holds.</summary>
    public void Withdraw() => _withdrawn = true;

    /// <inheritdoc />
    public bool Advance()
    {
        if (TakeTurn())
            return true;
        _chunks.Writer.TryComplete();
        return false;
    }

    /// <inheritdoc />
    public void Fail(Exception reason) => _chunks.Writer.TryComplete(reason);

    /// <inheritdoc />
    public void Dispose()
    {
        _sequence?.Dispose();
        _sequence = null;
        _chunks.Writer.TryComplete();
    }

    /// <summary>One turn; false once the answer is complete.</summary>
    protected abstract bool TakeTurn();

    /// <summary>Reads the prompt or the last token and returns the likeliest next one among some rows of the head, counted from their first.</summary>
    protected int Next(Tensor head, int firstId)
    {
        using var hidden = _sequence is null ? ReadPrompt() : _sequence.Read(_last);
        using var logits = LogitProjection.Apply(hidden, head);
        _penalty?.Apply(logits);
        var row = GreedyChoice.Of(logits)[0];
        if (row == GreedyChoice.NotFinite) throw Model.NonFinite(Request.Task.Task, "its logits");
        _penalty?.Add(row);
        _last = firstId + row;
        return row;
    }

    protected void Show(GenerationChunk chunk) => _chunks.Writer.TryWrite(chunk);

    // The cache is allocated at the first turn, so that waiting requests hold no memory of the device.
    private Tensor ReadPrompt()
    {
        _sequence = new TokenSequence(Model, Request);
        return _sequence.ReadPrompt();
    }
}
