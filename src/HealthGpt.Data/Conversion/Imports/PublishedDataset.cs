using System.Text.Json;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>Recognises published datasets that are given where a dataset or scans are meant, and says how they are imported.</summary>
internal static class PublishedDataset
{
    private const int Depth = 5;

    private static readonly string[] SlakeLists = ["train.json", "validation.json", "validate.json", "test.json"];
    private static readonly string[] VlHealthStages = ["Alignment", "Instruct", "comprehension", "generation"];

    /// <returns>What the folder is and what to do, by the names that it was unpacked with; null if it is none.</returns>
    public static string? ProblemOf(string folder) => FormOf(folder) is { } form ? $"is a published dataset ({form.Name}); {Advice(form.Name, folder)}" : null;

    /// <returns>What the list is and what to do, by the keys of its first record; null if it may be one of samples.</returns>
    public static string? ProblemOfList(string path)
    {
        if (OrdinaryFile.LengthOf(path) == 0 || !HasPublishedRecord(path))
            return null;
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        // OmniMedVQA has its lists two folders down.
        var found = new[] { folder, Path.GetDirectoryName(Path.GetDirectoryName(folder)) }.OfType<string>().Select(above => (Folder: above, Form: FormOf(above))).FirstOrDefault(above => above.Form is not null);
        var advice = found.Form is { } form ? Advice(form.Name, found.Folder) : $"{Advice("FORM", folder)}, where FORM is one of {string.Join(", ", ImportForm.All.Select(known => known.Name))}";
        return $"its records have a question and no conversations, as in published datasets; {advice}; or write it as samples with conversations";
    }

    private static string Advice(string form, string folder) => $"make a dataset of it with: healthgpt data convert --import {form} {ShellWord.Of(folder)} --out DIR";

    private static ImportForm? FormOf(string path)
    {
        var folder = new SourceFolder(path);
        if (folder.File(VqaRadForm.Lists) is not null)
            return ImportForm.VqaRad;
        if (folder.Folder("QA_information") is not null)
            return ImportForm.OmniMedVqa;
        if (folder.Folder("imgs") is not null && folder.File(SlakeLists) is not null)
            return ImportForm.Slake;
        if (folder.Folder("qas") is not null)
            return ImportForm.PathVqa;
        return folder.Folder(VlHealthStages) is not null && folder.Files("*.json", Depth).Count > 0 ? ImportForm.VlHealth : null;
    }

    private static bool HasPublishedRecord(string path)
    {
        foreach (var row in JsonRows.Read(path, CancellationToken.None))
            return row.Fields.ValueKind == JsonValueKind.Object && row.Fields.TryGetProperty("question", out _) && !row.Fields.TryGetProperty("conversations", out _);
        return false;
    }
}
