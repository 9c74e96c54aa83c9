using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Decoder;

/// <summary>How many positions a token sees, by a config.json: all layers have the window or none.</summary>
internal static class SlidingWindowField
{
    /// <summary>Reads it; null where a token sees all before it.</summary>
    /// <exception cref="WeightFileException">Some layers have a window and others none, or two fields contradict each other.</exception>
    public static int? Read(ConfigFields fields, FamilyDefaults defaults, int layers)
    {
        var window = defaults.WindowlessLayers is null || fields.Flag("use_sliding_window") ? Size(fields, defaults) : null;
        if (fields.Texts("layer_types") is { } types) return ByLayerTypes(fields, types, window, defaults, layers);
        return window is null || defaults.WindowlessLayers is not { } windowless || StartsAtTheFirst(fields, windowless, layers) ? window : null;
    }

    private static int? Size(ConfigFields fields, FamilyDefaults defaults)
    {
        if (fields.IsNull("sliding_window")) return null;
        return fields.Has("sliding_window") ? fields.Count("sliding_window", int.MaxValue) : defaults.SlidingWindow;
    }

    // Qwen2 may give the window to its upper layers only: from max_window_layers on.
    private static bool StartsAtTheFirst(ConfigFields fields, int windowless, int layers)
    {
        var first = fields.Number("max_window_layers", windowless, 0, int.MaxValue);
        if (first > 0 && first < layers) throw fields.Refusal("max_window_layers", $"0 or at least num_hidden_layers ({layers}): all layers have the window or none");
        return first == 0;
    }

    // Where Qwen2 has the list, max_window_layers counts for nothing; Phi-3 knows no list, so that one can only agree with its window.
    private static int? ByLayerTypes(ConfigFields fields, IReadOnlyList<string> types, int? window, FamilyDefaults defaults, int layers)
    {
        if (types.Count == layers && window is not null && types.All(type => type == "sliding_attention")) return window;
        var mayBeFull = window is null || defaults.WindowlessLayers is not null;
        if (types.Count == layers && mayBeFull && types.All(type => type == "full_attention")) return null;
        var windowed = window is null ? "" : $"{(mayBeFull ? " or " : "")}'sliding_attention'";
        throw fields.Refusal("layer_types", $"{(mayBeFull ? "'full_attention'" : "")}{windowed} for each of num_hidden_layers = {layers} layers");
    }
}
