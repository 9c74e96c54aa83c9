using System.Text.Json;
using HealthGpt.Data.Samples.Pictures;

namespace HealthGpt.Data.Samples;

/// <summary>Reads one LLaVA-style sample of a source and collects every problem in it.</summary>
internal sealed class SampleReader(DatasetSource source, ImageRoot pictures, SampleRecord record)
{
    /// <summary>What is wrong with a line that is no complete sample, in words that quote nothing.</summary>
    public const string BadLine = "its line in the samples file is no complete sample";

    private const string BadPicture = "a picture of it is missing or lies outside the root";
    private const string Placeholder = "<image>";

    // An index counts them in 16 bits, the answer's included.
    private const int MostPictures = ushort.MaxValue - 1;

    // As many as there are letters.
    private const int MostChoices = 26;

    private static readonly string[] Keys = ["id", "image", "conversations", "kind", "closed", "choices", "mask", "patient"];

    private static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false };

    private readonly bool _splitIsField = !Splits.Contains(source.Split);
    private readonly List<string> _found = [];
    private readonly List<string> _names = [];
    private List<DatasetProblem>? _problems;
    private int _pictureProblems;
    private string? _split;

    /// <summary>Whether a field has a meaning in every sample; a dataset file may name it as the split nevertheless.</summary>
    public static bool IsKey(string name) => Keys.Contains(name);

    /// <summary>What is wrong with the sample.</summary>
    public IReadOnlyList<DatasetProblem> Problems => _problems ?? (IReadOnlyList<DatasetProblem>)[];

    /// <summary>Absolute paths of the pictures that the sample names and that exist inside the root, also where something else is wrong with it.</summary>
    public IReadOnlyList<string> Pictures => _found;

    /// <summary>Their names as the sample has them.</summary>
    public IReadOnlyList<string> PictureNames => _names;

    /// <summary>What is wrong with the sample, in words that name no file and quote nothing.</summary>
    public string Reason => Problems.Count > _pictureProblems ? BadLine : BadPicture;

    /// <summary>The sample's split, also where something else is wrong with it; train if it cannot be read.</summary>
    public string Split => _split ?? (_splitIsField ? "train" : source.Split);

    /// <summary>Reads it.</summary>
    /// <returns>The sample; null if there are <see cref="Problems"/>.</returns>
    public Sample? Read()
    {
        if (record.Problem is { } problem)
        {
            Problem(problem);
            return null;
        }

        if (RecordText.ProblemOf(record) is { } unreadable)
        {
            Problem(unreadable);
            return null;
        }

        return ReadJson();
    }

    private Sample? ReadJson()
    {
        try
        {
            using var json = JsonDocument.Parse(record.Json, Json);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return ReadSample(json.RootElement);
            Problem($"the line is no JSON object{AdviceFor(record.Json.Span)}");
        }
        catch (JsonException error)
        {
            Problem($"the line is not JSON ({JsonFault.Of(error)}){AdviceFor(record.Json.Span)}");
        }
        catch (InvalidOperationException)
        {
            Problem("a text has half of a surrogate pair (\\uD800 to \\uDFFF), which is no character");
        }

        return null;
    }

    private string AdviceFor(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("\uFEFF"u8))
            return "; it begins with a byte order mark, which only a file may begin with; remove it (files were joined?)";
        if (!line.TrimStart(" \t\r"u8).StartsWith("["u8))
            return "";
        return SampleSplitter.IsLines(source.SamplesPath) ? "; in .jsonl a line is a sample; name a file that is one list .json" : "; it is a list in a list; take the inner brackets away";
    }

    private Sample? ReadSample(JsonElement line)
    {
        CheckKeys(line);
        var images = ReadImages(line);
        var turns = ReadConversation(line);
        var (question, answer) = turns is null ? new Turn("", "") : turns[0];
        if (turns is not null)
            question = CheckedQuestion(question, images);
        var split = _splitIsField ? ReadSplit(line) : source.Split;
        var generation = source.Task.Kind == TaskKind.Generation;
        if (turns is not null && string.IsNullOrWhiteSpace(answer))
            Problem(generation ? "the answer names no picture" : "the answer is empty");
        Turn[] followUps = turns?.Length > 1 ? turns[1..] : [];
        CheckFollowUps(followUps);
        var answerImage = generation && !string.IsNullOrWhiteSpace(answer) ? Resolve(answer) : null;
        var closed = ReadClosed(line);
        var kind = ReadText(line, "kind");
        var choices = ReadChoices(line);
        var patient = ReadText(line, "patient");
        var mask = ReadText(line, "mask") is { } name ? Resolve(name) : null;
        if (_problems is not null)
            return null;
        return new Sample
        {
            Task = source.Task.Name,
            Split = split,
            Images = images!,
            Question = question,
            Answer = generation ? null : answer,
            FollowUps = followUps,
            AnswerImage = answerImage,
            QuestionKind = kind,
            Closed = closed,
            Choices = choices,
            Mask = mask,
            Patient = patient,
            Weight = source.Weight,
            File = source.SamplesPath,
            Line = record.Line,
        };
    }

    private void CheckKeys(JsonElement line)
    {
        foreach (var property in line.EnumerateObject())
        {
            if (!IsKnown(property))
                Problem($"unknown key {Quoted.Of(property.Name)}; {NearestName.Suggest(property.Name, _splitIsField ? [.. Keys, source.Split] : Keys)}");
        }
    }

    private bool IsKnown(JsonProperty property)
    {
        foreach (var key in Keys)
        {
            if (property.NameEquals(key))
                return true;
        }

        return _splitIsField && property.NameEquals(source.Split);
    }

    /// <returns>Paths of the pictures; null if what names them is wrong.</returns>
    private IReadOnlyList<string>? ReadImages(JsonElement line)
    {
        if (!line.TryGetProperty("image"u8, out var image))
            return [];
        if (image.ValueKind == JsonValueKind.String)
            return [Resolve(image.GetString()!)];
        if (image.ValueKind == JsonValueKind.Array && image.GetArrayLength() is > MostPictures and var names)
        {
            Problem($"image has {names} paths, more than the limit of {MostPictures}");
            return null;
        }

        if (image.ValueKind == JsonValueKind.Array && image.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String))
            return [.. image.EnumerateArray().Select(name => Resolve(name.GetString()!))];
        Problem("image must be a path or a list of paths");
        return null;
    }

    /// <returns>The turns, at least one; null if they cannot be read.</returns>
    private Turn[]? ReadConversation(JsonElement line)
    {
        if (!line.TryGetProperty("conversations"u8, out var turns) || turns.ValueKind != JsonValueKind.Array)
        {
            Problem("conversations is missing; it must be a list of a turn from human and one from gpt, and so on");
            return null;
        }

        var speakers = turns.GetArrayLength();
        if (speakers == 0 || speakers % 2 != 0 || !AreByTurns(turns))
        {
            Problem($"conversations has turns from {Quoted.Of(string.Join(", ", turns.EnumerateArray().Select(SpeakerOf)))}, but must have one from human, then one from gpt, and so on");
            return null;
        }

        if (speakers > 2 && source.Task.Kind == TaskKind.Generation)
            Problem($"conversations has {speakers} turns, but a generation task is one from human and one from gpt; make a line for each picture");
        var pairs = new Turn[speakers / 2];
        var (at, question, before) = (0, "", Problems.Count);
        foreach (var turn in turns.EnumerateArray())
        {
            var text = ReadText(turn, "value") ?? "";
            if (at % 2 == 0) question = text;
            else pairs[at / 2] = new Turn(question, text);
            at++;
        }

        return Problems.Count == before ? pairs : null;
    }

    private static bool AreByTurns(JsonElement turns)
    {
        var human = true;
        foreach (var turn in turns.EnumerateArray())
        {
            if (turn.ValueKind != JsonValueKind.Object || !turn.TryGetProperty("from"u8, out var from) || from.ValueKind != JsonValueKind.String)
                return false;
            if (!from.ValueEquals(human ? "human"u8 : "gpt"u8))
                return false;
            human = !human;
        }

        return true;
    }

    private string? SpeakerOf(JsonElement turn) => turn.ValueKind == JsonValueKind.Object ? ReadText(turn, "from") : null;

    private void CheckFollowUps(Turn[] turns)
    {
        foreach (var (question, answer) in turns)
        {
            if (string.IsNullOrWhiteSpace(question))
                Problem("a later question of the conversation is empty");
            if (question.Contains(Placeholder, StringComparison.Ordinal))
                Problem($"the later question {Quoted.Of(question)} shows a picture; pictures belong into the first question of a conversation");
            if (string.IsNullOrWhiteSpace(answer))
                Problem($"the answer to {Quoted.Of(question)} is empty");
        }
    }

    // What was said of the pictures or an empty question is not said again as a wrong number of placeholders.
    private string CheckedQuestion(string question, IReadOnlyList<string>? images)
    {
        if (!IsEmptyButForPlaceholders(question))
        {
            if (images is not null)
                CheckPlaceholders(question, images.Count);
            return question;
        }

        if (source.Task.Prompt is null)
        {
            Problem($"the question is empty and task '{source.Task.Name}' has no prompt; write one or the other");
            return question;
        }

        return string.Concat(Enumerable.Repeat($"{Placeholder}\n", images?.Count ?? 0)) + source.Task.Prompt;
    }

    private static bool IsEmptyButForPlaceholders(ReadOnlySpan<char> question)
    {
        for (question = question.TrimStart(); question.StartsWith(Placeholder, StringComparison.Ordinal);)
            question = question[Placeholder.Length..].TrimStart();
        return question.IsEmpty;
    }

    private void CheckPlaceholders(string question, int images)
    {
        var placeholders = question.AsSpan().Count(Placeholder);
        if (placeholders != images)
            Problem($"the question has {placeholders} {Placeholder} but the line has {images} pictures; there must be one for each");
    }

    private string ReadSplit(JsonElement line)
    {
        if (source.SplitWithoutField is { } without && !line.TryGetProperty(source.Split, out _))
            return _split = without;
        if (!line.TryGetProperty(source.Split, out _))
        {
            Problem($"there is no field {Quoted.Of(source.Split)}, which the dataset file says holds the split; add it, or set the source's split to {Splits.Listed}");
            return "";
        }

        var split = ReadText(line, source.Split);
        if (split is not null && Splits.Contains(split))
            return _split = split;
        Problem($"{source.Split} is {Quoted.Of(split)}, but must be {Splits.Listed}, because this field is the sample's split");
        return "";
    }

    private bool ReadClosed(JsonElement line)
    {
        if (!line.TryGetProperty("closed"u8, out var closed))
            return false;
        if (closed.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return closed.GetBoolean();
        Problem($"closed is {Quoted.Plain(closed.GetRawText())}, but must be true or false");
        return false;
    }

    private IReadOnlyList<string> ReadChoices(JsonElement line)
    {
        if (!line.TryGetProperty("choices"u8, out var choices))
            return [];
        if (choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() is > 1 and <= MostChoices && choices.EnumerateArray().All(choice => choice.ValueKind == JsonValueKind.String))
            return [.. choices.EnumerateArray().Select(choice => choice.GetString()!)];
        Problem($"choices must be a list of 2 to {MostChoices} texts");
        return [];
    }

    private string? ReadText(JsonElement owner, string key)
    {
        if (!owner.TryGetProperty(key, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        Problem($"{key} is {Quoted.Plain(value.GetRawText())}, but must be text");
        return null;
    }

    private string Resolve(string name)
    {
        if (pictures.Find(name, out var path) is not { } problem)
        {
            _found.Add(path);
            _names.Add(name);
            return path;
        }

        Problem(problem);
        _pictureProblems++;
        return path;
    }

    private void Problem(string reason) => (_problems ??= []).Add(new DatasetProblem(source.SamplesPath, record.Line, reason));
}
