using System.Text.Json;
using HealthGpt.Model.Text;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Folders;

/// <summary>healthgpt.json: which parts make a model. Paths are relative to its folder and may lead to another model's parts.</summary>
public sealed record ModelManifest
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "healthgpt.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The base language model: a Hugging Face folder.</summary>
    public required ModelPart Base { get; init; }

    /// <summary>The vision tower: a Hugging Face folder with preprocessor_config.json.</summary>
    public required ModelPart VisionTower { get; init; }

    /// <summary>The image tokenizer: a folder of model.yaml and model.safetensors.</summary>
    public required ModelPart ImageTokenizer { get; init; }

    /// <summary>The text tokenizer: a folder.</summary>
    public required ModelPart Tokenizer { get; init; }

    /// <summary>The prompt template's name.</summary>
    public required string Template { get; init; }

    /// <summary>What the system says in every prompt; absent for the template's own text.</summary>
    public string? SystemText { get; init; }

    /// <summary>Whose defaults a job that trains it further has, such as <c>nano</c>; absent where the folder's name tells.</summary>
    public string? Preset { get; init; }

    /// <summary>Trained embedding and head over the extended vocabulary; absent where the new rows are still the mean row.</summary>
    public ModelPart? Fusion { get; init; }

    /// <summary>Plugin folders by task.</summary>
    public IReadOnlyDictionary<string, ModelPart> Plugins { get; init; } = new Dictionary<string, ModelPart>();

    /// <summary>Reads the manifest of a folder.</summary>
    /// <exception cref="WeightFileException">The folder has none or it is wrong.</exception>
    public static ModelManifest Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var manifest = JsonRecord.Load<ModelManifest>(path, Json);
        // An empty path leads to the model's own folder, and an empty name nowhere.
        if (manifest.Plugins.Keys.Any(string.IsNullOrWhiteSpace)) throw new WeightFileException(path, "has a plugin whose name is empty; each has the name of its task");
        if (manifest.Plugins.FirstOrDefault(plugin => plugin.Value is null) is { Key: { } task }) throw new WeightFileException(path, $"has the plugin '{task}' = null, but an object of path and sha256 is needed");
        if (manifest.AllParts().Any(part => part.Part.Path.Length == 0))
            throw new WeightFileException(path, "has a part whose path is empty; each has its folder or file, relative to this one");
        if (manifest.AllParts().FirstOrDefault(part => part.Part.Path.Contains('\0')) is { Name: { } name })
            throw new WeightFileException(path, $"has the part '{name}' with U+0000 in its path, which no path holds");
        return manifest;
    }

    /// <summary>The parts but the plugins with their names here, in the order in which they are loaded.</summary>
    public IEnumerable<(string Name, ModelPart Part)> FrozenParts()
    {
        yield return ("tokenizer", Tokenizer);
        yield return ("visionTower", VisionTower);
        yield return ("imageTokenizer", ImageTokenizer);
        if (Fusion is not null) yield return ("fusion", Fusion);
        yield return ("base", Base);
    }

    /// <summary>All parts with their names here, the plugins last.</summary>
    public IEnumerable<(string Name, ModelPart Part)> AllParts() =>
        FrozenParts().Concat(Plugins.OrderBy(plugin => plugin.Key, StringComparer.Ordinal).Select(plugin => ($"plugins.{plugin.Key}", plugin.Value)));

    /// <summary>Looks for the weight files of all parts but the plugins; nothing is read of them.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <returns>Those that are not there.</returns>
    /// <exception cref="WeightFileException">An index of weight files is wrong.</exception>
    public IReadOnlyList<string> FindMissingWeights(string folder)
    {
        var places = new[] { Base, VisionTower, ImageTokenizer, Fusion }.OfType<ModelPart>().Select(part => part.In(folder));
        return [.. places.SelectMany(FilesAt).Where(file => !File.Exists(file))];
    }

    private static IEnumerable<string> FilesAt(string place)
    {
        try
        {
            return [.. WeightFolder.ShardsOf(place).Select(shard => shard.Path)];
        }
        catch (WeightFileException error) when (error.IsOfMissingFile)
        {
            return [error.File];
        }
    }

    /// <summary>The plugin of a task.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="folder">The model's folder, for errors.</param>
    /// <exception cref="WeightFileException">The model has none.</exception>
    public ModelPart PluginOf(string task, string folder) => Plugins.TryGetValue(task, out var part) ? part : throw new WeightFileException(
        Path.Combine(folder, FileName), $"has no plugin '{task}'; it has {(Plugins.Count == 0 ? "none" : string.Join(", ", Plugins.Keys.Order(StringComparer.Ordinal)))}");

    /// <summary>The prompt template, with the model's own system text where it has one.</summary>
    /// <param name="folder">The model's folder, for errors.</param>
    /// <exception cref="WeightFileException">There is none of that name, or the system text cannot be used.</exception>
    public PromptTemplate TemplateOf(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!PromptTemplate.Names.Contains(Template)) throw new WeightFileException(path, $"has the template '{Template}', but there are {string.Join(", ", PromptTemplate.Names)}");
        var template = PromptTemplate.ByName(Template);
        if (SystemText is null) return template;
        if (PromptTemplate.FaultOf(SystemText) is { } found) throw new WeightFileException(path, $"has a systemText with {found}, but {PromptTemplate.SystemTextNeeded} is needed");
        return template.WithSystemText(SystemText);
    }

    /// <summary>Writes the manifest into a folder.</summary>
    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");
}
