using System.Text.Json;

namespace HealthGpt.Data.Samples;

/// <summary>Reads the LLaVA-style lines of one source and collects every problem in them.</summary>
internal sealed class SampleReader(DatasetSource source, List<string> problems)
{
    private const string Placeholder = "<image>";

    private readonly Dictionary<string, bool> _exists = new(StringComparer.Ordinal);
    private readonly string _rootPrefix = source.Root.EndsWith(Path.DirectorySeparatorChar) ? source.Root : source.Root + Path.DirectorySeparatorChar;
    private readonly bool _splitIsField = !Splits.Contains(source.Split);
    private string _at = "";

    public IEnumerable<Sample> Read()
    {
        var number = 0;
        foreach (var line in File.ReadLines(source.SamplesPath))
        {
            number++;
            _at = $"{source.SamplesPath}:{number}";
            if (!string.IsNullOrWhiteSpace(line) && ReadLine(line) is { } sample)
                yield return sample;
        }
    }

    private Sample? ReadLine(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return ReadSample(json.RootElement);
            Problem("the line is no JSON object");
        }
        catch (JsonException error)
        {
            Problem($"the line is not JSON ({error.Message})");
        }

        return null;
    }

    private Sample? ReadSample(JsonElement line)
    {
        var before = problems.Count;
        CheckKeys(line);
        var images = ReadImages(line);
        var turns = ReadConversation(line);
        var (question, answer) = turns[0];
        question = WithPrompt(question, images.Count);
        CheckPlaceholders(question, images.Count);
        var split = _splitIsField ? ReadSplit(line) : source.Split;
        var generation = source.Task.Kind == TaskKind.Generation;
        if (answer is { Length: 0 })
            Problem(generation ? "the answer names no picture" : "the answer is empty");
        CheckFollowUps(turns[1..]);
        var answerImage = generation && answer is { Length: > 0 } ? Resolve(answer) : null;
        var closed = ReadClosed(line);
        var kind = ReadText(line, "kind");
        if (problems.Count > before)
            return null;
        return new Sample
        {
            Task = source.Task.Name,
            Split = split,
            Images = images,
            Question = question,
            Answer = generation ? null : answer,
            FollowUps = turns[1..],
            AnswerImage = answerImage,
            QuestionKind = kind,
            Closed = closed,
            Weight = source.Weight,
            Source = _at,
        };
    }

    private void CheckKeys(JsonElement line)
    {
        List<string> known = ["id", "image", "conversations", "kind", "closed"];
        if (_splitIsField)
            known.Add(source.Split);
        foreach (var property in line.EnumerateObject().Where(property => !known.Contains(property.Name)))
            Problem($"unknown key '{property.Name}'; {NearestName.Suggest(property.Name, known)}");
    }

    private List<string> ReadImages(JsonElement line)
    {
        if (!line.TryGetProperty("image", out var image))
            return [];
        var isList = image.ValueKind == JsonValueKind.Array;
        var names = isList ? image.EnumerateArray().ToArray() : [image];
        if (names.All(name => name.ValueKind == JsonValueKind.String))
            return [.. names.Select(name => Resolve(name.GetString()!))];
        Problem("image must be a path or a list of paths");
        return [];
    }

    private Turn[] ReadConversation(JsonElement line)
    {
        Turn[] unread = [new("", "-")];
        if (!line.TryGetProperty("conversations", out var turns) || turns.ValueKind != JsonValueKind.Array)
        {
            Problem("conversations is missing; it must be a list of a turn from human and one from gpt, and so on");
            return unread;
        }

        var speakers = turns.EnumerateArray().Select(turn => turn.ValueKind == JsonValueKind.Object ? ReadText(turn, "from") : null).ToList();
        if (speakers.Count is 0 || speakers.Count % 2 != 0 || speakers.Where((speaker, index) => speaker != (index % 2 == 0 ? "human" : "gpt")).Any())
        {
            Problem($"conversations has turns from '{string.Join(", ", speakers)}', but must have one from human, then one from gpt, and so on");
            return unread;
        }

        if (speakers.Count > 2 && source.Task.Kind == TaskKind.Generation)
            Problem($"conversations has {speakers.Count} turns, but a generation task is one from human and one from gpt; make a line for each picture");
        var texts = turns.EnumerateArray().Select(turn => ReadText(turn, "value") ?? "").ToArray();
        return [.. texts.Chunk(2).Select(pair => new Turn(pair[0], pair[1]))];
    }

    private void CheckFollowUps(IEnumerable<Turn> turns)
    {
        foreach (var (question, answer) in turns)
        {
            if (string.IsNullOrWhiteSpace(question))
                Problem("a later question of the conversation is empty");
            if (question.Contains(Placeholder, StringComparison.Ordinal))
                Problem($"the later question '{question}' shows a picture; pictures belong into the first question of a conversation");
            if (answer.Length == 0)
                Problem($"the answer to '{question}' is empty");
        }
    }

    private string WithPrompt(string question, int images)
    {
        if (question.Replace(Placeholder, "", StringComparison.Ordinal).Trim().Length > 0)
            return question;
        if (source.Task.Prompt is null)
        {
            Problem($"the question is empty and task '{source.Task.Name}' has no prompt; write one or the other");
            return question;
        }

        return string.Concat(Enumerable.Repeat($"{Placeholder}\n", images)) + source.Task.Prompt;
    }

    private void CheckPlaceholders(string question, int images)
    {
        var placeholders = question.Split(Placeholder).Length - 1;
        if (placeholders != images)
            Problem($"the question has {placeholders} {Placeholder} but the line has {images} pictures; there must be one for each");
    }

    private string ReadSplit(JsonElement line)
    {
        var split = ReadText(line, source.Split);
        if (split is not null && Splits.Contains(split))
            return split;
        Problem($"{source.Split} is '{split}', but must be {Splits.Listed}, because dataset.yaml names this field as the split");
        return "";
    }

    private bool ReadClosed(JsonElement line)
    {
        if (!line.TryGetProperty("closed", out var closed))
            return false;
        if (closed.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return closed.GetBoolean();
        Problem($"closed is {closed.GetRawText()}, but must be true or false");
        return false;
    }

    private string? ReadText(JsonElement owner, string key)
    {
        if (!owner.TryGetProperty(key, out var value))
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        Problem($"{key} is {value.GetRawText()}, but must be text");
        return null;
    }

    private string Resolve(string name)
    {
        var path = Path.GetFullPath(Path.Combine(source.Root, name));
        if (!path.StartsWith(_rootPrefix, StringComparison.Ordinal))
        {
            Problem($"picture '{name}' lies outside the source's root '{source.Root}'; pictures must be inside it");
            return path;
        }

        if (!_exists.TryGetValue(path, out var exists))
            _exists[path] = exists = File.Exists(path);
        if (!exists)
            Problem($"picture '{name}' does not exist under '{source.Root}'");
        return path;
    }

    private void Problem(string text) => problems.Add($"{_at}: {text}");
}
