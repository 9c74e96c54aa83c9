using HealthGpt.Model.Plugins;

namespace HealthGpt.Model.Presets;

/// <summary>The kinds of the tasks that HealthGPT was published with; operators add their own.</summary>
public static class KnownTasks
{
    private static readonly HashSet<string> Comprehension = ["comprehension", "vqa", "report", "modality"];

    private static readonly HashSet<string> Generation =
    [
        "generation", "reconstruction", "super-resolution", "skull-strip", "skull-stripping", "ct-to-mri", "mri-to-ct", "text-to-xray", "report-to-slice", "report-to-image",
    ];

    /// <summary>Whether a task reads or draws; null where its name does not say.</summary>
    public static PluginKind? KindOf(string task) => Comprehension.Contains(task) ? PluginKind.Comprehension : Generation.Contains(task) ? PluginKind.Generation : null;
}
