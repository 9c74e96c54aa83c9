using System.CommandLine;
using HealthGpt.Model.Presets;

namespace HealthGpt.Cli.Commands;

/// <summary>--preset: which published model a folder is made as.</summary>
internal static class PresetOption
{
    public static Option<ModelPreset> Create()
    {
        var preset = Choice.Option("--preset", "The published model", ("m3", ModelPreset.M3), ("l14", ModelPreset.L14), ("xl32", ModelPreset.Xl32), ("nano", ModelPreset.Nano));
        preset.Required = true;
        return preset;
    }
}
