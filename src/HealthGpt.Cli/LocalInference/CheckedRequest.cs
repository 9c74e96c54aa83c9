using HealthGpt.Cli.Commands;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;
using HealthGpt.Inference.Requests;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Cli.LocalInference;

/// <summary>A request of which everything holds that can be known before gigabytes of weights are read.</summary>
/// <param name="Generation">The request as the engine takes it.</param>
/// <param name="Kind">Whether the task reads or draws.</param>
/// <param name="Precision">What the model computes in.</param>
internal sealed record CheckedRequest(GenerationRequest Generation, TaskKind Kind, Precision Precision)
{
    /// <summary>Checks a request.</summary>
    /// <exception cref="CommandException">An option is wrong; the message names it.</exception>
    /// <exception cref="RequestException">The question or the images are not what the task needs.</exception>
    /// <exception cref="WeightFileException">The model folder or the plugin is wrong.</exception>
    /// <exception cref="DeviceUnavailableException">The device is not there.</exception>
    public static CheckedRequest Of(LocalRequest request)
    {
        if (!File.Exists(Path.Combine(request.Model, ModelManifest.FileName)))
            throw Wrong($"--model is '{request.Model}'", $"the folder has no {ModelManifest.FileName}", "name a model folder; 'weights import' makes one of published weights");
        var manifest = ModelManifest.Load(request.Model);
        var card = CardOf(request, manifest);
        var kind = card.Kind == PluginKind.Generation ? TaskKind.Generation : TaskKind.Comprehension;
        RequireOut(request, kind);
        DeviceUnavailableException.ThrowIfMissing(request.Device);
        var generation = new GenerationRequest
        {
            Task = request.Task,
            Question = request.Question,
            Images = [.. request.ImageFiles.Select(ImageArgument.Read)],
            MaxTokens = kind == TaskKind.Comprehension ? request.MaxTokens : null,
        };
        Validate(generation, new EngineTask { Task = card.Task, Kind = kind, DefaultPrompt = card.Prompt }, request, manifest);
        return new CheckedRequest(generation, kind, request.Precision ?? StoredPrecision(Path.Combine(request.Model, manifest.Base.Path)));
    }

    private static PluginCard CardOf(LocalRequest request, ModelManifest manifest)
    {
        if (request.PluginFolder is not { } folder)
        {
            return manifest.Plugins.TryGetValue(request.Task, out var part)
                ? PluginCard.Load(Path.Combine(request.Model, part.Path))
                : throw Wrong($"--task is '{request.Task}'", "the model has no plugin for it", $"name one of its tasks ({Listed(manifest)}), or a plugin with --plugin");
        }

        if (!Directory.Exists(folder))
            throw Wrong($"--plugin is '{folder}'", "there is no such folder", $"name a folder with {PluginCard.FileName} and {Plugin.WeightsFile}; 'weights import' makes one of published weights");
        var card = PluginCard.Load(folder);
        if (card.Task != request.Task) throw Wrong($"--task is '{request.Task}'", $"the plugin '{folder}' is for the task '{card.Task}'", $"ask for --task {card.Task}, or name another plugin");
        card.RequireBase(folder, manifest.Base.Sha256);
        return card;
    }

    private static void RequireOut(LocalRequest request, TaskKind kind)
    {
        if (kind == TaskKind.Generation && request.Out is null) throw Wrong("--out is missing", $"the task '{request.Task}' draws an image", "say where to write it, for example --out answer.png");
        if (kind == TaskKind.Comprehension && request.Out is not null) throw Wrong($"--out is '{request.Out}'", $"the task '{request.Task}' answers in words", "leave it out");
        if (request.Out is not null) OutputFile.RequireWritable(request.Out);
    }

    private static void Validate(GenerationRequest generation, EngineTask task, LocalRequest request, ModelManifest manifest)
    {
        var preparation = ImagePreparation.Load(Path.Combine(request.Model, manifest.VisionTower.Path, "preprocessor_config.json"));
        var images = ImageTokenizerConfig.Load(Path.Combine(request.Model, manifest.ImageTokenizer.Path, "model.yaml"));
        var clip = new ClipPreparation { Size = preparation.Size, Mean = preparation.Mean, Std = preparation.Std };
        new RequestValidator([task], request.MaxTokens, images.Grid * images.Grid, clip).Validate(generation);
    }

    private static Precision StoredPrecision(string folder)
    {
        using var file = WeightFolder.ShardsOf(folder)[0].Open();
        return file.Entries.Values.Any(entry => entry.Type == ScalarType.Float32) ? Precision.Float32 : Precision.BFloat16;
    }

    private static string Listed(ModelManifest manifest) => manifest.Plugins.Count == 0 ? "it has none" : string.Join(", ", manifest.Plugins.Keys.Order(StringComparer.Ordinal));

    private static CommandException Wrong(string what, string why, string remedy) => new(ExitCodes.WrongArguments, what, why, remedy);
}
