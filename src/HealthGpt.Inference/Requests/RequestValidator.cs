using System.Security.Cryptography;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model.Text;

namespace HealthGpt.Inference.Requests;

/// <summary>What a request must hold to be put in the queue. Everything that can be said without the model is said here.</summary>
public sealed class RequestValidator
{
    private const string Placeholder = Prompt.ImagePlaceholder;

    private readonly IReadOnlyDictionary<string, EngineTask> _tasks;
    private readonly int _defaultMaxTokens;
    private readonly int _tokensOfImage;
    private readonly ClipPreparation _preparation;

    /// <summary>Creates a validator.</summary>
    /// <param name="tasks">The tasks there are plugins for.</param>
    /// <param name="defaultMaxTokens">Tokens of a text answer when the request names no limit.</param>
    /// <param name="tokensOfImage">Tokens of an image answer.</param>
    /// <param name="preparation">What the vision tower sees of an image.</param>
    public RequestValidator(IEnumerable<EngineTask> tasks, int defaultMaxTokens, int tokensOfImage, ClipPreparation preparation)
    {
        _tasks = tasks.ToDictionary(task => task.Task, StringComparer.Ordinal);
        _defaultMaxTokens = defaultMaxTokens;
        _tokensOfImage = tokensOfImage;
        _preparation = preparation;
    }

    /// <summary>Returns the request with its images prepared and placed, or throws <see cref="RequestException"/>.</summary>
    public ValidRequest Validate(GenerationRequest request)
    {
        var task = FindTask(request.Task);
        var maxTokens = MaxTokens(task, request.MaxTokens);
        var message = Message(task, request.Earlier is [var first, ..] ? first.Question : request.Question, request.Images.Count);
        var later = Later(task, request);
        RequestImage[] images = [.. request.Images.Select((bytes, index) => Prepare(bytes, index, request.Images.Count))];
        return new ValidRequest { Task = task, Message = message, Later = later, Images = images, MaxTokens = maxTokens };
    }

    private EngineTask FindTask(string name)
    {
        if (!string.IsNullOrEmpty(name) && _tasks.TryGetValue(name, out var task))
            return task;
        var known = _tasks.Count == 0 ? "none: the model folder has no plugins" : string.Join(", ", _tasks.Keys.Order(StringComparer.Ordinal));
        throw new RequestException("task", $"Task '{name}' is unknown; no plugin serves it. Name one of the known tasks: {known}.");
    }

    private int MaxTokens(EngineTask task, int? asked)
    {
        if (asked is < 1)
            throw new RequestException("maxTokens", $"maxTokens is {asked}, but an answer has at least 1 token. Raise it or leave it out.");
        if (task.Kind == TaskKind.Comprehension)
            return asked ?? _defaultMaxTokens;
        if (asked < _tokensOfImage)
        {
            throw new RequestException(
                "maxTokens",
                $"maxTokens is {asked}, but task '{task.Task}' draws an image, which is always {_tokensOfImage} tokens. Leave maxTokens out.");
        }
        return _tokensOfImage;
    }

    private static string Message(EngineTask task, string question, int images)
    {
        var text = string.IsNullOrWhiteSpace(question) ? DefaultQuestion(task, images) : question;
        var placeholders = CountPlaceholders(text);
        if (placeholders == images)
            return text;
        if (placeholders == 0)
            return string.Concat(Enumerable.Repeat(Placeholder + "\n", images)) + text;
        throw new RequestException(
            "images",
            $"The question places {Count(placeholders, "image")} by {Placeholder}, but the request brings {Count(images, "image")}. "
            + $"Send one image for each {Placeholder}, in its order, or leave the placeholders out.");
    }

    private static IReadOnlyList<(string Answer, string Message)> Later(EngineTask task, GenerationRequest request)
    {
        if (request.Earlier.Count == 0)
            return [];
        if (task.Kind == TaskKind.Generation)
            throw new RequestException("earlier", $"There is a conversation before the question, but task '{task.Task}' draws an image. Ask without it.");
        string[] messages = [.. request.Earlier.Skip(1).Select(turn => turn.Question), request.Question];
        if (messages.Any(message => string.IsNullOrWhiteSpace(message) || message.Contains(Placeholder, StringComparison.Ordinal)))
            throw new RequestException("earlier", $"A later question of the conversation is empty or places an image by {Placeholder}, but only the first may. Correct it.");
        return [.. request.Earlier.Zip(messages, (turn, message) => (turn.Answer, message))];
    }

    private static string DefaultQuestion(EngineTask task, int images)
    {
        if (task.DefaultPrompt is null)
            throw new RequestException("question", NothingToAsk(task, images));
        if (images == 0)
        {
            throw new RequestException(
                "images",
                $"There is no image, but task '{task.Task}' by itself asks \"{task.DefaultPrompt}\", which needs one. Send an image, or ask a question of your own.");
        }
        return task.DefaultPrompt;
    }

    private static string NothingToAsk(EngineTask task, int images)
    {
        if (task.Kind == TaskKind.Comprehension)
            return $"The question is empty, but task '{task.Task}' answers a question and has no prompt of its own. Ask one.";
        return images == 0
            ? $"The question is empty and there is no image, but task '{task.Task}' draws from one of them. Describe the image to draw, or send one."
            : $"The question is empty, but task '{task.Task}' has no prompt of its own. Say what to draw from the image.";
    }

    private RequestImage Prepare(byte[] bytes, int index, int count)
    {
        var name = count == 1 ? "The image" : $"Image {index + 1} of {count}";
        if (bytes is null || bytes.Length == 0)
            throw new RequestException("images", $"{name} is empty (0 bytes). Send a PNG or JPEG file.");
        try
        {
            var image = RgbImage.Decode(bytes, name);
            return new RequestImage(Convert.ToHexStringLower(SHA256.HashData(bytes)), _preparation.Prepare(image));
        }
        catch (ImageFormatException exception)
        {
            throw new RequestException(
                "images",
                $"{name} cannot be read: {exception.Reason}. Found {ImageBytes.Describe(bytes)}.");
        }
    }

    private static int CountPlaceholders(string text)
    {
        var count = 0;
        for (var at = 0; (at = text.IndexOf(Placeholder, at, StringComparison.Ordinal)) >= 0; at += Placeholder.Length)
            count++;
        return count;
    }

    private static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";
}
