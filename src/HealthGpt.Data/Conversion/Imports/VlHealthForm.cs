using System.Text.Json;
using HealthGpt.Data.Samples;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>
/// VL-Health: LLaVA-style lists with further keys, in folders called comprehension and generation. An answer of generation is a picture's path. Paths may be
/// absolute, as its card asks for, as long as they lie in the folder of pictures.
/// </summary>
internal sealed class VlHealthForm : PublishedForm
{
    private const int Depth = 5;
    private const int SniffedBytes = 1 << 16;
    private const string Comprehension = "comprehension";
    private const string Generation = "generation";

    private static readonly string[] PictureSuffixes = [".png", ".jpg", ".jpeg"];

    private readonly string? _file;
    private string _images = "";

    public VlHealthForm(ImportOptions options)
        : base(File.Exists(options.Source) ? options with { Source = Path.GetDirectoryName(Path.GetFullPath(options.Source))! } : options) =>
        _file = File.Exists(options.Source) ? Path.GetFullPath(options.Source) : null;

    private static ReadOnlySpan<byte> SampleKey => "\"conversations\""u8;

    protected override string Expected => "lists (.json or .jsonl) of samples with conversations, in folders comprehension and generation";

    public override void Write(RowFields fields, PublishedFile file, string? picture, SampleLine line)
    {
        var isPicture = file.Task.Kind == TaskKind.Generation;
        line.Write(fields.OptionalText("id"), json =>
        {
            WriteImages(fields.Raw("image"), json);
            WriteConversation(fields, isPicture, json);
        }, file.Split);
    }

    protected override PublishedFiles FindFiles()
    {
        IReadOnlyList<string> candidates = _file is { } one ? [one] : Lists();
        var files = candidates.Where(HasSamples).ToList();
        if (files.Count == 0)
            throw Missing("no list of samples");
        _images = Options.Images is null ? Source.Path : ImagesIn();
        return new PublishedFiles(WithTasks(files), _images) { PassedOver = [.. candidates.Except(files), .. Unread()] };
    }

    private List<string> Lists() =>
        [.. Source.Files("*.json", Depth).Concat(Source.Files("*.jsonl", Depth)).Where(file => !IsInDataset(file)).Order(StringComparer.Ordinal)];

    // Samples in a form that is not read, which nobody would miss otherwise.
    private IReadOnlyList<string> Unread() => _file is null ? Source.Files("*.parquet", Depth) : [];

    private List<PublishedFile> WithTasks(List<string> files)
    {
        var found = files.Select(file => new PublishedFile(file, SplitName.Of(NameOf(file)) ?? "train", TaskOf(file))).ToList();
        var tasks = found.Select(file => file.Task).Distinct().ToList();
        if (tasks.GroupBy(task => task.Name).FirstOrDefault(same => same.Count() > 1) is { } both)
            throw new ConversionException($"the files make the task '{both.Key}' for comprehension and for generation; import them one by one, with --task");
        if (Options.Task is not { } name)
            return found;
        if (tasks.Count > 1)
        {
            var made = string.Join(", ", tasks.Select(task => task.Name));
            throw new ConversionException(ConversionFault.Options, $"the task is '{name}'; the files make {tasks.Count}, {made}; leave it out, or import one file");
        }

        return [.. found.Select(file => file with { Task = file.Task with { Name = name } })];
    }

    private TaskDefinition TaskOf(string file)
    {
        var words = SplitName.Words(NameOf(file)).ToList();
        var named = SplitName.Without(NameOf(file));
        var kind = words.LastOrDefault(word => word is Comprehension or Generation) switch
        {
            Comprehension => TaskKind.Comprehension,
            Generation => TaskKind.Generation,
            _ => AnswersWithPicture(file) ? TaskKind.Generation : TaskKind.Comprehension,
        };
        return new TaskDefinition { Name = named.Length > 0 ? named : Options.Form.Name, Kind = kind };
    }

    private string NameOf(string file) => _file is null ? Path.GetRelativePath(Source.Path, file) : Path.GetFileName(file);

    private static bool AnswersWithPicture(string file)
    {
        try
        {
            var answers = JsonRows.Read(file, CancellationToken.None).Where(row => row.Problem is null).Select(row => LastAnswer(row.Fields));
            return PictureSuffixes.Contains(Path.GetExtension(answers.FirstOrDefault()), StringComparer.OrdinalIgnoreCase);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which is told where the record is read.
            return false;
        }
    }

    private static string? LastAnswer(JsonElement row)
    {
        if (!row.TryGetProperty("conversations", out var turns) || turns.ValueKind != JsonValueKind.Array || turns.GetArrayLength() == 0)
            return null;
        var last = turns[turns.GetArrayLength() - 1];
        var isAnswer = last.ValueKind == JsonValueKind.Object && last.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String;
        return isAnswer ? last.GetProperty("value").GetString() : null;
    }

    // What an earlier import has made is no source.
    private bool IsInDataset(string file)
    {
        for (var folder = Path.GetDirectoryName(file)!; folder.Length > Source.Path.Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (File.Exists(Path.Combine(folder, ImportFolder.DatasetName)))
                return true;
        }

        return false;
    }

    private static bool HasSamples(string path)
    {
        if (OrdinaryFile.LengthOf(path) == 0)
            return false;
        using var file = File.OpenRead(path);
        var start = new byte[SniffedBytes];
        return start.AsSpan(0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)).IndexOf(SampleKey) >= 0;
    }

    // What has another type is written as it is, for the sample's reader to refuse.
    private void WriteImages(JsonElement? image, Utf8JsonWriter json)
    {
        if (image is not { } value || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0))
            return;
        json.WritePropertyName("image");
        if (value.ValueKind != JsonValueKind.Array)
        {
            WritePath(value, json);
            return;
        }

        json.WriteStartArray();
        foreach (var path in value.EnumerateArray())
            WritePath(path, json);
        json.WriteEndArray();
    }

    private void WritePath(JsonElement value, Utf8JsonWriter json)
    {
        if (value.ValueKind == JsonValueKind.String)
            json.WriteStringValue(WithinImages(value.GetString()!));
        else
            value.WriteTo(json);
    }

    private string WithinImages(string path)
    {
        if (!Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal))
            return path;
        var relative = Path.GetRelativePath(_images, path);
        return relative == ".." || relative.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? path : relative;
    }

    private void WriteConversation(RowFields fields, bool isPicture, Utf8JsonWriter json)
    {
        if (fields.Raw("conversations") is not { } turns)
            return;
        json.WritePropertyName("conversations");
        if (turns.ValueKind != JsonValueKind.Array)
        {
            turns.WriteTo(json);
            return;
        }

        json.WriteStartArray();
        foreach (var turn in turns.EnumerateArray())
            WriteTurn(turn, fields, isPicture, json);
        json.WriteEndArray();
    }

    private void WriteTurn(JsonElement turn, RowFields fields, bool isPicture, Utf8JsonWriter json)
    {
        if (turn.ValueKind != JsonValueKind.Object)
        {
            turn.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        var isAnswer = turn.TryGetProperty("from", out var from) && from.ValueKind == JsonValueKind.String && from.ValueEquals("gpt");
        if (from.ValueKind != JsonValueKind.Undefined)
        {
            json.WritePropertyName("from");
            from.WriteTo(json);
        }

        if (turn.TryGetProperty("value", out var value))
        {
            json.WritePropertyName("value");
            WriteValue(value, fields, isPicture && isAnswer, json);
        }

        json.WriteEndObject();
    }

    private void WriteValue(JsonElement value, RowFields fields, bool isPath, Utf8JsonWriter json)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            value.WriteTo(json);
            return;
        }

        var text = value.GetString()!;
        if (isPath && (text.Contains("<start_index>", StringComparison.Ordinal) || text.Contains("<idx_", StringComparison.Ordinal)))
            fields.Problem("the answer is a picture's tokens; pictures are read, so put the path of the picture that they were made of in their place");
        json.WriteStringValue(string.IsNullOrWhiteSpace(text) ? "" : isPath ? WithinImages(text.Trim()) : text);
    }
}
