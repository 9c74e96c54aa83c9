using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Plugins;

/// <summary>plugin.json: what a plugin folder's weights are.</summary>
public sealed record PluginCard
{
    /// <summary>The file's name in a plugin folder.</summary>
    public const string FileName = "plugin.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>Whether it reads or draws.</summary>
    public required PluginKind Kind { get; init; }

    /// <summary>The prompt of a request that brings none.</summary>
    public string? Prompt { get; init; }

    /// <summary>R.</summary>
    public required int Rank { get; init; }

    /// <summary>The numerator of the H-LoRA scale.</summary>
    public required double Alpha { get; init; }

    /// <summary>E.</summary>
    public required int Experts { get; init; }

    /// <summary>
    /// Which embedding and head it goes with. Cards did not always say so: those without the field go with the fusion weights where the model has them, else with the base's own,
    /// which is what every plugin did before.
    /// </summary>
    [JsonConverter(typeof(VocabularySourceConverter))]
    public VocabularySource? Vocabulary { get; init; }

    /// <summary>
    /// SHA-256 of the fusion weights it was trained with, lower-case hexadecimal; null where it goes with none, and on cards from before the field, which go with those of any model of their base.
    /// </summary>
    public string? FusionSha256 { get; init; }

    /// <summary>SHA-256 of the base's manifest entry it was trained on, lower-case hexadecimal.</summary>
    public required string BaseSha256 { get; init; }

    /// <summary>The job that trained it.</summary>
    public string? Job { get; init; }

    /// <summary>The job's step it was taken at.</summary>
    public long? Step { get; init; }

    /// <summary>Reads the card of a plugin folder.</summary>
    /// <exception cref="WeightFileException">The folder has none or it is wrong.</exception>
    public static PluginCard Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var card = JsonRecord.Load<PluginCard>(path, Json);
        return string.IsNullOrWhiteSpace(card.Task) ? throw new WeightFileException(path, $"has task = \"{card.Task}\", but the name of the task that it answers is needed") : card;
    }

    /// <summary>Refuses another base than the one it was trained on.</summary>
    /// <param name="folder">The plugin's folder, for errors.</param>
    /// <param name="baseSha256">SHA-256 of the base, lower-case hexadecimal.</param>
    /// <exception cref="WeightFileException">It is another base.</exception>
    public void RequireBase(string folder, string baseSha256)
    {
        if (!string.Equals(BaseSha256, baseSha256, StringComparison.OrdinalIgnoreCase))
            throw new WeightFileException(folder, $"was trained on a base with SHA-256 {BaseSha256}, but this model's base has {baseSha256}; use it with its own base");
    }

    /// <summary>Refuses sizes that no H-LoRA has.</summary>
    /// <param name="folder">The plugin's folder, for errors.</param>
    /// <exception cref="WeightFileException">The rank does not divide into the experts, or alpha is no factor.</exception>
    public void RequireSizes(string folder)
    {
        if (SizeFault() is { } fault) throw new WeightFileException(Path.Combine(folder, FileName), $"has {fault.Found}, but {fault.Expected} is needed");
    }

    internal (string Expected, string Found)? SizeFault()
    {
        if (Rank < 1 || Experts < 1 || Rank % Experts != 0) return ("a rank of 1 or more that divides into its experts", $"rank {Rank} and {Experts} experts");
        return double.IsFinite(Alpha) && Alpha > 0 ? null : ("an alpha above 0", string.Create(CultureInfo.InvariantCulture, $"alpha {Alpha}"));
    }

    /// <summary>The embedding and head it goes with in a model.</summary>
    /// <param name="folder">The plugin's folder, for errors.</param>
    /// <param name="fusionSha256">SHA-256 of the model's fusion weights, lower-case hexadecimal; null where it has none.</param>
    /// <exception cref="WeightFileException">It goes with fusion weights, and the model has none or others.</exception>
    public VocabularySource VocabularyIn(string folder, string? fusionSha256)
    {
        if (FusionFault(fusionSha256) is { } fault)
            throw new WeightFileException(
                Path.Combine(folder, FileName), $"has {fault.Found}, but the model has {fault.Has}; use the plugin with the model whose fusion weights it was trained with");
        return Vocabulary ?? (fusionSha256 is null ? VocabularySource.Base : VocabularySource.Fusion);
    }

    internal (string Expected, string Found, string Has)? FusionFault(string? fusionSha256)
    {
        if (Vocabulary != VocabularySource.Fusion) return null;
        if (fusionSha256 is null) return ($"vocabulary = \"base\", as {ModelManifest.FileName} names no fusion weights", "vocabulary = \"fusion\"", "no fusion weights");
        return FusionSha256 is null || string.Equals(FusionSha256, fusionSha256, StringComparison.OrdinalIgnoreCase)
            ? null
            : ($"fusionSha256 {fusionSha256}, of this model's fusion weights", $"fusionSha256 {FusionSha256}", $"fusion weights with SHA-256 {fusionSha256}");
    }

    /// <summary>Writes the card into a plugin folder.</summary>
    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");
}
