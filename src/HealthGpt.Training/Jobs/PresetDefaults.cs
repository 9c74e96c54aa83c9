using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Presets;
using HealthGpt.Training.Schedules;

namespace HealthGpt.Training.Jobs;

/// <summary>The published settings (paper's Table 7) and their scaled form for the small model. XL32, whose settings were not published, has L14's.</summary>
internal static class PresetDefaults
{
    /// <summary>What a phase has where the job file says nothing; null where it must say something.</summary>
    internal sealed record Phase(
        int? Steps, int? Batch, double? Adapter, double? HLora, double? Vocabulary, double Dropout, ScheduleKind Schedule);

    // The published tables know reports and questions as comprehension, everything that answers with an image as generation.
    public static bool? IsGeneration(string task) => KnownTasks.KindOf(task) is { } kind ? kind == PluginKind.Generation : null;

    // What was not released for a model is trained in the next smaller one's size.
    public static HLoraSettings HLora(ModelPreset preset, bool generation)
    {
        var parts = PresetParts.Of(preset);
        return generation ? parts.GenerationHLora ?? PresetParts.Of(ModelPreset.L14).GenerationHLora! : parts.ComprehensionHLora;
    }

    public static Phase For(ModelPreset preset, string stage, string name)
    {
        var generation = stage == Stages.Instruction ? IsGeneration(name) : name == Stages.Generation;
        return preset == ModelPreset.Nano ? Nano(stage, generation) : Published(preset, stage, generation);
    }

    private static Phase Published(ModelPreset preset, string stage, bool? generation) => stage switch
    {
        Stages.Alignment when generation is true =>
            new(null, 64, 2e-5, preset == ModelPreset.M3 ? 2e-4 : 1e-4, preset == ModelPreset.M3 ? 2e-4 : 1e-4, 0.05, ScheduleKind.Warmup),
        Stages.Alignment => new(null, 256, 1e-3, null, null, 0, ScheduleKind.Warmup),
        Stages.Adaptation => new(null, 32, null, null, 2e-4, 0.05, ScheduleKind.Constant),
        _ => new(null, generation switch { true => 64, false => 128, null => null }, 2e-5, 2e-4, null, 0.05, ScheduleKind.Warmup),
    };

    // Hundreds of steps instead of tens of thousands: smaller batches, rates ten times higher, no dropout.
    private static Phase Nano(string stage, bool? generation) => stage switch
    {
        Stages.Alignment when generation is true => new(80, 4, 1e-3, 2e-3, 2e-3, 0, ScheduleKind.Warmup),
        Stages.Alignment => new(30, 8, 2e-3, null, null, 0, ScheduleKind.Warmup),
        Stages.Adaptation => new(20, 8, null, null, 1e-3, 0, ScheduleKind.Constant),
        _ => new(40, generation is true ? 4 : 8, 1e-3, 2e-3, null, 0, ScheduleKind.Warmup),
    };
}
