using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion;

/// <summary>The dataset's folder that a conversion makes.</summary>
internal sealed class DatasetFolder : IDisposable
{
    private const string Mark = "# Made by healthgpt data convert, which replaces this folder when it is run again.";
    private const string DatasetName = "dataset.yaml";
    private const string SamplesName = "samples.jsonl";
    private const string ImagesName = "images";

    // Without the relaxed encoder "<image>" would become unreadable escapes.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _path;
    private readonly StagedFolder _staged;
    private readonly ConversionTask _task;
    private readonly StreamWriter _samples;

    private DatasetFolder(string path, ConversionTask task)
    {
        _path = path;
        _task = task;
        _staged = new StagedFolder(path);
        try
        {
            Directory.CreateDirectory(Path.Combine(_staged.Path, ImagesName));
            _samples = new StreamWriter(Path.Combine(_staged.Path, SamplesName)) { NewLine = "\n" };
        }
        catch
        {
            _staged.Dispose();
            throw;
        }
    }

    public int Pictures { get; private set; }

    public int Train { get; private set; }

    public int Validation { get; private set; }

    /// <summary>Starts a folder.</summary>
    /// <exception cref="ConversionException">Something else is in its place.</exception>
    public static DatasetFolder Create(string path, ConversionTask task)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        CheckPlace(full);
        return new DatasetFolder(full, task);
    }

    /// <summary>Refuses a place that is taken.</summary>
    /// <exception cref="ConversionException">Something else is in its place.</exception>
    public static void CheckPlace(string path)
    {
        if (File.Exists(path))
            throw new ConversionException(ConversionFault.Options, $"the output folder cannot be made; '{path}' is a file; name another folder");
        if (!StagedFolder.IsFree(path) && !IsOwn(path))
            throw new ConversionException(ConversionFault.Options, $"the output folder is in use; '{path}' holds files that no conversion made; name another folder");
    }

    public void AddPicture(string name, RgbImage image)
    {
        image.SavePng(Path.Combine(_staged.Path, ImagesName, name));
        Pictures++;
    }

    /// <summary>Adds a sample.</summary>
    /// <param name="image">The picture in the question.</param>
    /// <param name="answer">Words, or a picture's name.</param>
    /// <param name="heldOut">Whether it is of the validation split.</param>
    /// <param name="patient">What takes the place of the patient's name; null where all samples are of one.</param>
    /// <param name="mask">The name of the picture that is bright where the answer's counts; null for everywhere.</param>
    public void AddSample(string image, string answer, bool heldOut, string? patient = null, string? mask = null)
    {
        var line = new JsonObject
        {
            ["id"] = Path.GetFileNameWithoutExtension(image),
            ["image"] = image,
            ["conversations"] = new JsonArray(Turn("human", $"<image>\n{_task.Question}"), Turn("gpt", answer)),
            ["split"] = heldOut ? "validation" : "train",
        };
        if (patient is not null)
            line["patient"] = patient;
        if (mask is not null)
            line["mask"] = mask;
        _samples.WriteLine(line.ToJsonString(Json));
        (Train, Validation) = heldOut ? (Train, Validation + 1) : (Train + 1, Validation);
    }

    /// <summary>Puts the folder in its place.</summary>
    /// <exception cref="ConversionException">Something else has come into its place.</exception>
    public void Complete()
    {
        _samples.Dispose();
        File.WriteAllText(Path.Combine(_staged.Path, DatasetName), Description());
        CheckPlace(_path);
        _staged.PutInPlace();
    }

    public void Dispose()
    {
        // Also where the disk has no room for the last samples.
        using (_staged) _samples.Dispose();
    }

    // JSON's strings are strings of YAML as well.
    private string Description() => $"""
        {Mark}
        sources:
          - samples: {SamplesName}
            root: {ImagesName}/
            task: {_task.Name}
            weight: 1.0
            split: split
        tasks:
          {_task.Name}:
            kind: {(_task.Kind == TaskKind.Generation ? "generation" : "comprehension")}
            prompt: {JsonSerializer.Serialize(_task.Question, Json)}

        """.ReplaceLineEndings("\n");

    private static JsonObject Turn(string from, string value) => new() { ["from"] = from, ["value"] = value };

    /// <summary>Whether a folder holds what a conversion made and nothing that anybody has added.</summary>
    private static bool IsOwn(string path)
    {
        var dataset = Path.Combine(path, DatasetName);
        if (!File.Exists(dataset) || File.ReadLines(dataset).FirstOrDefault() != Mark)
            return false;
        string[] known = [DatasetName, SamplesName, ImagesName];
        var images = Path.Combine(path, ImagesName);
        return StagedFolder.EntriesOf(path).All(entry => known.Contains(Path.GetFileName(entry)))
            && (!Directory.Exists(images) || Directory.EnumerateFileSystemEntries(images).All(entry => entry.EndsWith(".png", StringComparison.Ordinal)));
    }
}
