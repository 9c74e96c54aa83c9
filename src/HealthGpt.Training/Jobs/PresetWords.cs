using HealthGpt.Model.Presets;

namespace HealthGpt.Training.Jobs;

/// <summary>What presets are called in job files and manifests.</summary>
internal static class PresetWords
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<(string Text, ModelPreset Value)> All { get; } = [("m3", ModelPreset.M3), ("l14", ModelPreset.L14), ("xl32", ModelPreset.Xl32), ("nano", ModelPreset.Nano)];

    /// <summary>The word for one.</summary>
    public static string Of(ModelPreset preset) => All.Single(word => word.Value == preset).Text;
}
