using HealthGpt.Cli.Terminal;
using HealthGpt.Model.Weights;

namespace HealthGpt.Cli.Commands;

/// <summary>What one weight file holds, as text and as JSON.</summary>
internal sealed record WeightFileReport
{
    /// <summary>The file.</summary>
    public required string File { get; init; }

    /// <summary>Why it was refused; null where it was read.</summary>
    public string? Refusal { get; init; }

    /// <summary>Its form.</summary>
    public WeightFileKind? Form { get; init; }

    /// <summary>The part of a model that it holds.</summary>
    public WeightContent? Content { get; init; }

    /// <summary>Its tensors by name.</summary>
    public IReadOnlyList<WeightTensorReport> Tensors { get; init; } = [];

    /// <summary>What lies beside the tensors and is not read.</summary>
    public IReadOnlyList<string> IgnoredKeys { get; init; } = [];

    public static WeightFileReport Of(WeightFile file) => new()
    {
        File = file.Name,
        Form = file.Kind,
        Content = WeightContents.Of(file.Entries.Keys),
        Tensors = [.. file.Entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => new WeightTensorReport(WeightFileException.Printable(entry.Name), entry.Type.ToString().ToLowerInvariant(), entry.Shape, entry.Length))],
        IgnoredKeys = [.. file.IgnoredKeys.Select(WeightFileException.Printable)],
    };

    public string Summary()
    {
        var types = string.Join(", ", Tensors.Select(tensor => tensor.Type).Distinct());
        var ignored = IgnoredKeys.Count == 0 ? "" : $"; ignores {string.Join(", ", IgnoredKeys)}";
        return $"{FormText}, {ContentText}; {Counted.Of(Tensors.Count, "tensor")}{(types.Length == 0 ? "" : $" ({types})")}, {Counted.Of(Tensors.Sum(tensor => tensor.Bytes), "byte")}{ignored}";
    }

    private string FormText => Form switch
    {
        WeightFileKind.Safetensors => "safetensors",
        WeightFileKind.PyTorchArchive => "PyTorch pickle in a zip archive",
        _ => "PyTorch pickle from before 1.6",
    };

    private string ContentText => Content switch
    {
        WeightContent.BaseLanguageModel => "base language model",
        WeightContent.VisionTower => "vision tower",
        WeightContent.ImageTokenizer => "image tokenizer",
        WeightContent.HLoraPlugin => "H-LoRA plugin",
        WeightContent.FusionWeights => "fusion weights",
        _ => "of no known part",
    };
}
