using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Verification;

/// <summary>One thing that is wrong with a model's files.</summary>
/// <param name="File">The file or folder.</param>
/// <param name="Key">The tensor, where it is about one.</param>
/// <param name="Expected">What must be there.</param>
/// <param name="Found">What is there.</param>
public sealed record WeightFault(string File, string? Key, string Expected, string Found)
{
    private const string Usable = "a file that can be used";

    /// <summary>As a line for people.</summary>
    public override string ToString() => WeightFileException.Printable(Expected == Usable ? $"{File}: {Found}" : Key is null ? $"{File}: expected {Expected}; found {Found}" : $"{File}: tensor '{Key}': expected {Expected}; found {Found}");

    /// <summary>As what loading throws.</summary>
    internal WeightFileException ToException(string more = "") => new(File, $"tensor '{Key}': expected {Expected}; found {Found}{more}");

    internal static WeightFault Refused(WeightFileException refusal) => new(refusal.File, null, Usable, refusal.Problem);

    internal static WeightFault Missing(string file, ExpectedTensor tensor, string owner) => new(file, tensor.Name, $"shape {WeightEntry.TextOf(tensor.Shape)}, by {owner}", "no such tensor");

    internal static WeightFault Extra(string file, WeightEntry entry, string owner) =>
        new(file, WeightFileException.Printable(entry.Name), $"no such tensor, by {owner}", $"shape {WeightEntry.TextOf(entry.Shape)}");

    internal static WeightFault Stray(string file) => new(file, null, "no such file, as no index of its folder names it", "a shard");

    internal static WeightFault Misshapen(string file, WeightEntry entry, ExpectedTensor tensor, string owner) =>
        new(file, entry.Name, $"shape {WeightEntry.TextOf(tensor.Shape)}, by {owner}", $"shape {WeightEntry.TextOf(entry.Shape)}");

    internal static WeightFault OfType(string file, WeightEntry entry) => new(file, entry.Name, "float32, float16 or bfloat16 elements", $"{entry.Type} elements");

    internal static WeightFault NotFinite(string file, WeightEntry entry, NonFiniteCount count) =>
        new(file, WeightFileException.Printable(entry.Name), "finite numbers", $"{count.NaN} NaN and {count.Infinite} infinite of {entry.Elements}, the first at element {count.First}");

    internal static WeightFault Hash(string path, string expected, string found) => new(path, null, $"SHA-256 {expected}, by healthgpt.json", $"SHA-256 {found}");
}
