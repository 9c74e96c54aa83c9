using HealthGpt.Cli.Demo;
using HealthGpt.Model;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Tests.Commands;

/// <summary>The shipped healthgpt-nano with plugins that nobody trained.</summary>
public sealed class NanoPlugins : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public NanoPlugins()
    {
        using var scope = NewDisposeScope();
        Nano = DemoAssets.ModelFolder([AppContext.BaseDirectory]);
        using var model = HealthGptModel.Load(Nano, ScalarType.Float32);
        Plugin[] plugins =
        [
            Make(model, "vqa", PluginKind.Comprehension, null), Make(model, "report", PluginKind.Comprehension, "Describe this slice."),
            Make(model, "super-resolution", PluginKind.Generation, "Reconstruct the high-resolution image."),
        ];
        ModelFolderWriter.Write(Folder, model, model.Vocabulary, plugins, "untrained", 0);
        using var other = Make(model, "vqa", PluginKind.Comprehension, null, seed: 7);
        ModelFolderWriter.Write(_folder["other"], model, model.Vocabulary, [other], "untrained too", 0);
        foreach (var plugin in plugins) plugin.Dispose();
    }

    /// <summary>The shipped model, which has no plugins.</summary>
    public string Nano { get; }

    /// <summary>A model folder with the plugins; its other parts are the shipped ones.</summary>
    public string Folder => _folder["untrained"];

    /// <summary>A plugin folder that answers questions otherwise than the model folder's own.</summary>
    public string OtherPlugin => Path.Combine(_folder["other"], "plugins", "vqa");

    public void Dispose() => _folder.Dispose();

    private static Plugin Make(HealthGptModel model, string task, PluginKind kind, string? prompt, ulong seed = 1) =>
        new(task, kind, prompt, HLoraWeights.Create(model.Decoder.Config, 16, 32, 4, seed), AdapterWeights.Create(model.Tower.Config.Width, model.Decoder.Config.Hidden, seed + 1));
}
