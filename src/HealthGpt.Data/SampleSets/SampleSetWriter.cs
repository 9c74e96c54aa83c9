using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HealthGpt.Data.SampleSets;

/// <summary>Writes pictures, sample lines and the description of the Colin27 set into one folder.</summary>
internal sealed class SampleSetWriter : IDisposable
{
    // Without the relaxed encoder "<image>" would become unreadable escapes.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _folder;
    private readonly string _images;
    private readonly Dictionary<string, StreamWriter> _files = [];
    private int _slices;

    public SampleSetWriter(string folder)
    {
        _folder = folder;
        _images = Path.Combine(folder, "images");
        RemoveEarlierPictures();
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
            foreach (var question in QuestionWriter.Write(slice.Content, _slices))
                WriteSample("vqa", slice, slice.FileName, question.Text, question.Answer, question.Kind);
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

    // Pictures of an earlier run with other settings would look like part of this one; a folder that is not such a run is somebody's own.
    private void RemoveEarlierPictures()
    {
        if (!Directory.Exists(_images))
            return;
        if (!File.Exists(Path.Combine(_folder, "images.jsonl")) && Directory.EnumerateFileSystemEntries(_images).Any())
            throw new SampleSetException($"the output folder is in use; '{_images}' holds files that no sample set made; name an empty folder");
        Directory.Delete(_images, recursive: true);
    }

    private void WriteSample(string task, Slice slice, string? image, string question, string answer, string? kind = null)
    {
        var line = new JsonObject();
        if (image is not null)
            line["image"] = image;
        line["conversations"] = new JsonArray(
            new JsonObject { ["from"] = "human", ["value"] = image is null ? question : $"<image>\n{question}" },
            new JsonObject { ["from"] = "gpt", ["value"] = answer });
        if (kind is not null)
        {
            line["kind"] = kind;
            line["closed"] = true;
        }

        line["split"] = slice.Split;
        WriteLine(task, line);
    }

    private void WriteLine(string name, JsonObject line)
    {
        if (!_files.TryGetValue(name, out var file))
            _files[name] = file = new StreamWriter(Path.Combine(_folder, $"{name}.jsonl")) { NewLine = "\n" };
        file.WriteLine(line.ToJsonString(Json));
    }
}
