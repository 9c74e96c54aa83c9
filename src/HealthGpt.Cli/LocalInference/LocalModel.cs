using HealthGpt.Data.Images;
using HealthGpt.Inference;
using HealthGpt.Inference.Requests;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;
using static TorchSharp.torch;

namespace HealthGpt.Cli.LocalInference;

/// <summary>A model folder of which everything is known but its weights.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Manifest">What it says of itself.</param>
internal sealed record LocalModel(string Folder, ModelManifest Manifest)
{
    /// <summary>The image tokenizer's folder.</summary>
    public string ImageTokenizerFolder => Manifest.ImageTokenizer.In(Folder);

    /// <summary>The folder, and those of its parts that lie elsewhere.</summary>
    public IEnumerable<string> Folders =>
        Manifest.AllParts().Select(part => part.Part.In(Folder)).Prepend(Folder);

    /// <summary>Opens a model folder.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    /// <exception cref="WeightFileException">Its manifest is wrong.</exception>
    public static LocalModel Open(string folder) => File.Exists(Path.Combine(folder, ModelManifest.FileName))
        ? new LocalModel(folder, WeightFileException.OfModel(folder, () => ModelManifest.Load(folder)))
        : throw new CommandException(
            ExitCodes.WrongArguments, $"--model is '{folder}'", ProblemOf(folder),
            "name a model folder: 'healthgpt demo' makes a small trained one, 'healthgpt weights import' one of published weights, 'healthgpt weights synth' one of random weights");

    private static string ProblemOf(string folder)
    {
        if (!Directory.Exists(folder)) return "there is no such folder";
        try
        {
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
            return $"the folder has no {ModelManifest.FileName}";
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            return FileTrouble.Of(error, folder);
        }
    }

    /// <summary>What loses no bit of the base: bfloat16 for one that is stored in it, else float32; bfloat16 would drop three bits of a float16.</summary>
    public Precision ExactPrecision() => WeightFileException.OfModel(Folder, () =>
    {
        var isExact = WeightFolder.ShardsOf(Manifest.Base.In(Folder)).All(shard =>
        {
            using var file = shard.Open();
            return file.Entries.Values.All(entry => entry.Type is not (ScalarType.Float32 or ScalarType.Float16));
        });
        return isExact ? Precision.BFloat16 : Precision.Float32;
    });

    /// <summary>Sees whether requests of one task can be answered.</summary>
    public RequestValidator ValidatorOf(EngineTask task, int maxTokens) => WeightFileException.OfModel(Folder, () =>
    {
        var tower = Manifest.VisionTower.In(Folder);
        var preparation = ImagePreparation.Load(Path.Combine(tower, "preprocessor_config.json"), VisionConfig.Load(Path.Combine(tower, "config.json")));
        var clip = new ClipPreparation { Size = preparation.Size, Mean = preparation.Mean, Std = preparation.Std };
        var grid = ImageConfig().Grid;
        return new RequestValidator([task], maxTokens, grid * grid, clip);
    });

    /// <summary>Sees whether requests fit the model's context.</summary>
    public RequestPlanner Planner() => WeightFileException.OfModel(Folder, () =>
    {
        var template = Manifest.TemplateOf(Folder);
        var tokenizer = TokenizerFolder.Open(Manifest.Tokenizer.In(Folder), template.Splitting);
        var tower = VisionConfig.Load(Path.Combine(Manifest.VisionTower.In(Folder), "config.json"));
        var decoder = DecoderConfig.Load(Path.Combine(Manifest.Base.In(Folder), "config.json"));
        return new RequestPlanner(tokenizer, template, new ImageVocabulary(tokenizer.Count, ImageConfig().Codes), tower.Patches, decoder.MaxPositions);
    });

    private ImageTokenizerConfig ImageConfig() => ImageTokenizerConfig.Load(Path.Combine(ImageTokenizerFolder, "model.yaml"));
}
