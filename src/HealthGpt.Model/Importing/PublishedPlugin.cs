using HealthGpt.Model.Plugins;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Model.Importing;

/// <summary>A plugin as it was published: one file of H-LoRA and adapter, which does not say what it is for.</summary>
/// <param name="Task">The task it is to serve.</param>
/// <param name="Kind">Whether it reads or draws.</param>
/// <param name="File">The weight file.</param>
public sealed record PublishedPlugin(string Task, PluginKind Kind, string File)
{
    /// <summary>Which embedding and head it goes with; that of the published plugins of its kind by default.</summary>
    public VocabularySource Vocabulary { get; init; } = VocabularyOf(Kind);

    /// <summary>The embedding and head that published plugins of a kind go with: the released scripts load the fusion weights for generation alone.</summary>
    public static VocabularySource VocabularyOf(PluginKind kind) => kind == PluginKind.Generation ? VocabularySource.Fusion : VocabularySource.Base;
}
