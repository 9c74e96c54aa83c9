using HealthGpt.Inference.Requests;

namespace HealthGpt.Inference.Answers;

/// <summary>A generation answer: exactly one image token for each place of the image tokenizer's grid, then the image they stand for.</summary>
internal sealed class ImageAnswer : Answer
{
    private readonly long[] _codes;
    private int _tokens;

    public ImageAnswer(DeviceModel model, PlannedRequest request) : base(model, request) => _codes = new long[request.MaxTokens];

    /// <inheritdoc />
    protected override bool TakeTurn()
    {
        if (_tokens == _codes.Length)
        {
            Show(new GenerationChunk { Tokens = _tokens, ImagePng = Model.Draw(Request.Task.Task, _codes).EncodePng(), Finish = FinishReason.Stop });
            return false;
        }
        _codes[_tokens++] = Next(Vocabulary.ImageHead, Model.FirstCode);
        if (_tokens % Model.Grid == 0)
            Show(new GenerationChunk { Tokens = _tokens });
        return true;
    }
}
