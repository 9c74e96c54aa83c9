using HealthGpt.Data.Samples;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Inference.Requests;

/// <summary>Turns messages into token ids and sees that prompt and answer fit the model's context.</summary>
public sealed class RequestPlanner
{
    private readonly ITextTokenizer _tokenizer;
    private readonly PromptTemplate _template;
    private readonly ImageVocabulary _vocabulary;
    private readonly int _patches;
    private readonly int _maxPositions;

    /// <summary>Creates a planner.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The text around a message.</param>
    /// <param name="vocabulary">The model's image tokens.</param>
    /// <param name="patches">Positions of one image in a prompt.</param>
    /// <param name="maxPositions">The model's context.</param>
    public RequestPlanner(ITextTokenizer tokenizer, PromptTemplate template, ImageVocabulary vocabulary, int patches, int maxPositions)
    {
        _tokenizer = tokenizer;
        _template = template;
        _vocabulary = vocabulary;
        _patches = patches;
        _maxPositions = maxPositions;
    }

    /// <summary>Plans a request; a text answer is cut to the context, an image answer that does not fit throws <see cref="RequestException"/>.</summary>
    public PlannedRequest Plan(ValidRequest request)
    {
        var generation = request.Task.Kind == TaskKind.Generation;
        int[] prompt = [.. Prompt.Build(_tokenizer, _template, _vocabulary, request.Message, generation), .. Later(request)];
        var length = prompt.Length + request.Images.Count * (_patches - 1);
        // The answer's last token is never fed back, so it takes no position.
        var room = _maxPositions - length + 1;
        if (room < (generation ? request.MaxTokens : 1))
            throw TooLong(length, request);
        var maxTokens = Math.Min(request.MaxTokens, room);
        return new PlannedRequest
        {
            Task = request.Task,
            Prompt = prompt,
            Images = request.Images,
            MaxTokens = maxTokens,
            Positions = length + maxTokens - 1,
        };
    }

    // As conversations are learnt: each answer ends with the stop token.
    private List<int> Later(ValidRequest request)
    {
        var ids = new List<int>();
        foreach (var (answer, message) in request.Later)
        {
            ids.AddRange(Prompt.BuildAnswer(_tokenizer, _template, answer));
            if (_tokenizer.IdOf(_template.Stop) is { } stop)
                ids.Add(stop);
            ids.AddRange(Prompt.BuildFollowUp(_tokenizer, _template, message));
        }

        return ids;
    }

    private RequestException TooLong(int length, ValidRequest request)
    {
        var images = request.Images.Count == 0 ? "" : $" ({request.Images.Count * _patches} of them for {request.Images.Count} image{(request.Images.Count == 1 ? "" : "s")})";
        var answer = request.Task.Kind == TaskKind.Generation ? $" and the drawn image takes {request.MaxTokens - 1} more" : "";
        var remedy = request.Images.Count > 1 ? "Shorten the question or send fewer images." : "Shorten the question.";
        return new RequestException(
            "question",
            $"The prompt is {length} tokens long{images}{answer}, but the model's context holds {_maxPositions}. {remedy}");
    }
}
