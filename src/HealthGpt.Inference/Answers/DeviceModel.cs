using HealthGpt.Data.Images;
using HealthGpt.Inference.Features;
using HealthGpt.Model;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Answers;

/// <summary>One base model with the plugins that were asked for, and what every answer reads from them. For the device's thread.</summary>
internal sealed class DeviceModel : IDisposable
{
    private readonly HealthGptModel _model;
    private readonly AttachedPlugins _plugins;
    private readonly Dictionary<string, AnswerVocabulary> _vocabularies;
    private readonly HashSet<int> _stops;
    private readonly Dictionary<string, string> _pluginFolders;

    private DeviceModel(HealthGptModel model, AttachedPlugins plugins, Dictionary<string, string> pluginFolders, EngineOptions options)
    {
        _model = model;
        _plugins = plugins;
        _pluginFolders = pluginFolders;
        // Those of the plugins that are here alone: a base's own embedding and head and the fusion weights take as much memory each.
        var vocabularies = plugins.Names.Select(task => model.VocabularyOf(plugins[task])).Distinct()
            .ToDictionary(weights => weights, weights => new AnswerVocabulary(weights, model.ImageVocabulary));
        _vocabularies = plugins.Names.ToDictionary(task => task, task => vocabularies[model.VocabularyOf(plugins[task])], StringComparer.Ordinal);
        Features = new ImageFeatures(model.Tower, options.FeatureCacheBytes);
        // Families end a text with this token as well as with the template's own, and their bases name some too.
        _stops = [.. new[] { model.Template.Stop, "<|endoftext|>" }.Select(model.Tokenizer.IdOf).OfType<int>(), .. model.Generation.EndIds];
    }

    /// <summary>The tasks there are plugins for.</summary>
    public IEnumerable<Plugin> Plugins => _plugins.Names.Select(Plugin);

    /// <summary>The parts that need no device.</summary>
    public HealthGptModel Parts => _model;

    /// <summary>What repeating a token costs.</summary>
    public double RepetitionPenalty => _model.Generation.RepetitionPenalty;

    public TransformerDecoder Decoder => _model.Decoder;

    public ImageFeatures Features { get; }

    /// <summary>The id of the first row of <see cref="AnswerVocabulary.ImageHead"/>.</summary>
    public int FirstCode => _model.ImageVocabulary.FirstCode;

    /// <summary>Image tokens of one row of an image.</summary>
    public int Grid => _model.ImageTokenizer.Grid;

    /// <summary>Loads a model folder and its plugins in the precision of the computation.</summary>
    public static DeviceModel Load(string folder, EngineOptions options, CancellationToken cancellationToken)
    {
        DeviceUnavailableException.ThrowIfMissing(options.Device);
        var model = HealthGptModel.Load(folder, options.Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32, options.Device == ComputeDevice.Cuda ? CUDA : CPU, cancellationToken);
        var plugins = model.NewPluginSet();
        var pluginFolders = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var plugin in options.PluginFolders)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var loaded = model.LoadPluginFolder(plugin, cancellationToken: cancellationToken);
                Attach(plugins, loaded.Task, loaded);
                pluginFolders.Add(loaded.Task, plugin);
            }

            foreach (var task in (options.Tasks ?? model.Manifest.Plugins.Keys).Where(task => !plugins.Names.Contains(task)).ToList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Attach(plugins, task, model.LoadPlugin(task, cancellationToken: cancellationToken));
            }

            // Read while it can still be given up: what follows only makes views of it.
            foreach (var task in plugins.Names) model.VocabularyOf(plugins[task], cancellationToken);
            return new DeviceModel(model, plugins, pluginFolders, options);
        }
        catch
        {
            plugins.Dispose();
            model.Dispose();
            throw;
        }
    }

    private static void Attach(AttachedPlugins plugins, string task, Plugin plugin)
    {
        try
        {
            plugins.Attach(task, plugin);
        }
        catch
        {
            plugin.Dispose();
            throw;
        }
    }

    public Plugin Plugin(string task) => _plugins[task];

    /// <summary>The embedding and head that a task's plugin goes with.</summary>
    public AnswerVocabulary VocabularyOf(string task) => _vocabularies[task];

    public bool IsStop(int token) => _stops.Contains(token);

    public IncrementalDecoder StartDecoding() => _model.Tokenizer.StartDecoding();

    /// <summary>An empty cache for one request.</summary>
    public KvCache NewCache(int positions) => new(_model.Decoder.Config, 1, positions, _model.Decoder.Type, _model.Decoder.Device);

    /// <summary>Why a task has no answer.</summary>
    /// <param name="task">The task.</param>
    /// <param name="numbers">What is not finite.</param>
    public NonFiniteNumbersException NonFinite(string task, string numbers) =>
        new(_model.Manifest.Name, task, numbers, _pluginFolders.TryGetValue(task, out var folder) ? [_model.Folder, folder] : [_model.Folder]);

    /// <summary>The image that codes stand for.</summary>
    /// <param name="task">The task that drew it, for errors.</param>
    /// <param name="codes">The codes, row after row.</param>
    /// <exception cref="NonFiniteNumbersException">A pixel is NaN or infinite.</exception>
    public RgbImage Draw(string task, long[] codes)
    {
        using var indices = tensor(codes, [1, codes.Length], device: _model.Decoder.Device);
        using var drawn = _model.ImageTokenizer.Decode(indices);
        using var wide = drawn.to(ScalarType.Float32, CPU);
        var pixels = wide.data<float>().ToArray();
        if (!pixels.All(float.IsFinite)) throw NonFinite(task, "pixels of the image");
        return TokenizerPreparation.FromModel(pixels, _model.ImageTokenizer.Resolution);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var vocabulary in _vocabularies.Values.Distinct())
            vocabulary.Dispose();
        Features.Dispose();
        _plugins.Dispose();
        _model.Dispose();
    }
}
