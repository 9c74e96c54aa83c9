using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>The dataset's folder that an import makes: a samples file a task, pictures only where the published files hold them, and dataset.yaml.</summary>
internal sealed class ImportFolder : IDisposable
{
    public const string DatasetName = "dataset.yaml";

    private const string ImagesName = "images";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _place;
    private readonly StagedFolder _staged;
    private readonly Dictionary<TaskDefinition, FileStream> _samples = [];

    /// <param name="place">Where it will be, as a full path.</param>
    /// <param name="images">The folder that pictures stay in; null if they are written into this one.</param>
    public ImportFolder(string place, string? images)
    {
        _place = place;
        _staged = new StagedFolder(place);
        HasOwnImages = images is null;
        Images = images ?? Directory.CreateDirectory(Path.Combine(_staged.Path, ImagesName)).FullName;
    }

    /// <summary>The folder that pictures are relative to, as long as the dataset's folder is not in its place.</summary>
    public string Images { get; }

    /// <summary>Whether pictures are written into this folder.</summary>
    public bool HasOwnImages { get; }

    /// <summary>How many pictures were written.</summary>
    public long Pictures { get; private set; }

    /// <summary>The full path of a place that is free.</summary>
    /// <exception cref="ConversionException">Something is in it.</exception>
    public static string PlaceOf(string path)
    {
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(place))
            throw new ConversionException(ConversionFault.Options, $"the output folder cannot be made; '{place}' is a file; name another folder");
        if (!StagedFolder.IsFree(place))
            throw new ConversionException(ConversionFault.Options, $"the output folder is in use; '{place}' holds files, which an import never replaces; name a new folder");
        return place;
    }

    /// <summary>Writes a picture that was not there before. It is named after its content, because its own name may be a patient's.</summary>
    /// <param name="file">A PNG or JPEG file.</param>
    /// <param name="name">Its name within <see cref="Images"/>.</param>
    /// <returns>Why it cannot be used; null if it can.</returns>
    public string? AddPicture(byte[] file, out string name)
    {
        name = "";
        try
        {
            ImageHeader.Read(file, "", new ImageReadOptions());
        }
        catch (ImageFormatException error)
        {
            return $"the picture of {file.Length} bytes: {error.Reason}";
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(file));
        name = $"{hash[..2]}/{hash[2..]}.{(file[0] == 0xFF ? "jpg" : "png")}";
        var path = Path.Combine(Images, name);
        if (File.Exists(path))
            return null;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, file);
        Pictures++;
        return null;
    }

    /// <summary>Writes a sample.</summary>
    /// <param name="task">Its task.</param>
    /// <param name="line">Its JSON.</param>
    public void Add(TaskDefinition task, ReadOnlySpan<byte> line)
    {
        if (!_samples.TryGetValue(task, out var file))
            _samples[task] = file = File.Create(Path.Combine(_staged.Path, $"{task.Name}.jsonl"), 1 << 16);
        file.Write(line);
        file.WriteByte((byte)'\n');
    }

    /// <summary>Puts the folder in its place.</summary>
    /// <exception cref="ConversionException">Something has come into its place.</exception>
    public void Complete()
    {
        CloseFiles();
        File.WriteAllText(Path.Combine(_staged.Path, DatasetName), Description());
        PlaceOf(_place);
        _staged.PutInPlace();
    }

    public void Dispose()
    {
        // Also where the disk has no room for the last samples.
        using (_staged) CloseFiles();
    }

    private void CloseFiles()
    {
        foreach (var file in _samples.Values)
            file.Dispose();
    }

    private string Description()
    {
        // Relative, so that both folders can be moved together. JSON's strings are strings of YAML as well.
        var root = HasOwnImages ? $"{ImagesName}/" : Path.GetRelativePath(_place, Images);
        var text = new StringBuilder("sources:\n");
        foreach (var task in _samples.Keys)
        {
            text.Append($"  - samples: {task.Name}.jsonl\n    root: {JsonSerializer.Serialize(root, Json)}\n");
            text.Append($"    task: {task.Name}\n    weight: 1.0\n    split: split\n");
        }

        text.Append("tasks:\n");
        foreach (var task in _samples.Keys)
            text.Append($"  {task.Name}: {{ kind: {(task.Kind == TaskKind.Generation ? "generation" : "comprehension")} }}\n");
        return text.ToString();
    }
}
