using HealthGpt.Inference.Requests;
using HealthGpt.Model.Text;

namespace HealthGpt.Inference.Answers;

/// <summary>A comprehension answer: the likeliest text token each time, until the stop token or the longest length.</summary>
internal sealed class TextAnswer : Answer
{
    // Never finished: a character that the answer ends in the middle of is left out.
    private readonly IncrementalDecoder _decoder;
    private int _tokens;

    public TextAnswer(DeviceModel model, PlannedRequest request) : base(model, request) =>
        _decoder = model.StartDecoding();

    /// <inheritdoc />
    protected override bool TakeTurn()
    {
        var token = Next(Vocabulary.TextHead, firstId: 0);
        if (Model.IsStop(token))
        {
            Show(new GenerationChunk { Tokens = _tokens, Finish = FinishReason.Stop });
            return false;
        }
        _tokens++;
        var text = _decoder.Append(token);
        var full = _tokens == Request.MaxTokens;
        if (full || text.Length > 0)
            Show(new GenerationChunk { Text = text, Tokens = _tokens, Finish = full ? FinishReason.Length : null });
        return !full;
    }
}
