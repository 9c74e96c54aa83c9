using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HealthGpt.Data.SampleSets;

/// <summary>Writes pictures, sample lines and the description of the Colin27 set into one folder.</summary>
internal sealed class SampleSetWriter : IDisposable
{
    // Without the relaxed encoder "<image>" would become unreadable escapes.
    private const int TurnsOfConversation = 8;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _folder;
    private readonly string _images;
    private readonly Dictionary<string, StreamWriter> _files = [];
    private int _slices;

    public SampleSetWriter(string folder)
    {
        _folder = folder;
        _images = Path.Combine(folder, "images");
        Directory.CreateDirectory(_images);
    }

    /// <summary>Adds the two versions of one slice.</summary>
    public void Add(Slice head, Slice brain)
    {
        foreach (var slice in (Slice[])[head, brain])
        {
            slice.Image.SavePng(Path.Combine(_images, slice.FileName));
            slice.LowResolution.SavePng(Path.Combine(_images, slice.LowResolutionName));
            WriteLine("images", SliceMetadata.Describe(slice));
            foreach (var questions in Conversations(slice))
                WriteQuestions(slice, questions);
            WriteSample("report", slice, slice.FileName, "Describe this slice.", ReportWriter.Write(slice));
            WriteSample("reconstruction", slice, slice.FileName, "Reconstruct.", slice.FileName);
            WriteSample("super-resolution", slice, slice.LowResolutionName, "Upsample it.", slice.FileName);
            WriteSample("report-to-slice", slice, null, ReportWriter.Write(slice), slice.FileName);
            _slices++;
        }

        WriteSample("skull-stripping", head, head.FileName, "Strip skull.", brain.FileName);
    }

    public void WriteDescription(Colin27Options options)
    {
        foreach (var (name, text) in SampleSetDescription.Files(options))
            File.WriteAllText(Path.Combine(_folder, name), text);
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    /// <summary>A question each of what is held out; conversations of what is trained on, which make more of every picture.</summary>
    private IEnumerable<Question[]> Conversations(Slice slice)
    {
        var questions = QuestionWriter.Write(slice.Content, _slices).ToList();
        if (slice.Validation)
            return questions.Select(question => (Question[])[question]);
        var count = (questions.Count + TurnsOfConversation - 1) / TurnsOfConversation;
        return Enumerable.Range(0, count).Select(first => Rotated([.. questions.Where((_, index) => index % count == first)], _slices + first));
    }

    /// <summary>Any question may open a conversation: an opening one cannot be answered from what was said before.</summary>
    private static Question[] Rotated(Question[] questions, int by) => [.. questions[(by % questions.Length)..], .. questions[..(by % questions.Length)]];

    private void WriteQuestions(Slice slice, Question[] questions)
    {
        var line = new JsonObject
        {
            ["image"] = slice.FileName,
            ["conversations"] = new JsonArray([.. questions.SelectMany((question, index) => Turn(index == 0 ? $"<image>\n{question.Text}" : question.Text, question.Answer))]),
        };
        if (questions is [var single])
            line["kind"] = single.Kind;
        line["closed"] = true;
        line["split"] = slice.Split;
        WriteLine("vqa", line);
    }

    private void WriteSample(string task, Slice slice, string? image, string question, string answer)
    {
        var line = new JsonObject();
        if (image is not null)
            line["image"] = image;
        line["conversations"] = new JsonArray([.. Turn(image is null ? question : $"<image>\n{question}", answer)]);
        line["split"] = slice.Split;
        WriteLine(task, line);
    }

    private static JsonObject[] Turn(string question, string answer) =>
        [new JsonObject { ["from"] = "human", ["value"] = question }, new JsonObject { ["from"] = "gpt", ["value"] = answer }];

    private void WriteLine(string name, JsonObject line)
    {
        if (!_files.TryGetValue(name, out var file))
            _files[name] = file = new StreamWriter(Path.Combine(_folder, $"{name}.jsonl")) { NewLine = "\n" };
        file.WriteLine(line.ToJsonString(Json));
    }
}
