using HealthGpt.Model.Devices;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Text;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

/// <summary>Makes healthgpt-nano's foundation from the sample set: text tokenizer, image tokenizer, vision tower, base language model.</summary>
public static class NanoFoundation
{
    private const string Name = "healthgpt-nano";

    /// <summary>Trains every part and writes the model folder.</summary>
    /// <param name="options">Where from, where to, how long.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellationToken">Stops between steps; the output folder is then left as it was.</param>
    /// <exception cref="DirectoryNotFoundException">The sample set is not where the options say.</exception>
    public static void Build(FoundationOptions options, Action<FoundationProgress> progress, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(options.SamplesFolder, "images.jsonl")))
            throw new DirectoryNotFoundException($"the sample set '{options.SamplesFolder}' has no images.jsonl; make it with 'healthgpt data make-sample' or name its folder");

        // Two parts are trained at a time, a thread each: a second thread for one small part would mostly wait.
        RefuseAnotherFolder(options.OutputFolder);
        TorchRuntime.Prepare();
        set_num_threads(1);
        using var staged = new StagedFolder(options.OutputFolder);
        WriteParts(staged.Path, options, progress, cancellationToken);
        KeepCard(options.OutputFolder, staged.Path);
        staged.PutInPlace(last: ModelManifest.FileName);
    }

    /// <summary>Only an empty folder or an earlier foundation is replaced.</summary>
    private static void RefuseAnotherFolder(string folder)
    {
        if (StagedFolder.IsFree(folder)) return;
        if (File.Exists(Path.Combine(folder, ModelManifest.FileName)) && ModelManifest.Load(folder).Name == Name) return;
        throw new IOException($"the output folder '{folder}' holds something that is not {Name}; it would be deleted; name an empty or new folder");
    }

    private static void KeepCard(string old, string fresh)
    {
        var card = Path.Combine(old, "README.md");
        if (File.Exists(card)) File.Copy(card, Path.Combine(fresh, "README.md"));
    }

    private static void WriteParts(string folder, FoundationOptions options, Action<FoundationProgress> progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(folder, "tokenizer"));
        var tokenizer = new ByteTokenizer(NanoShape.SpecialTokens);
        tokenizer.Save(Path.Combine(folder, "tokenizer", "byte_tokenizer.json"));

        using var slices = SliceImages.Load(options.SamplesFolder);
        TrainTogether(
            cancellationToken,
            stop =>
            {
                var images = Path.Combine(folder, "image_tokenizer");
                new ImageTokenizerTrainer(options, slices).Train(images, progress, stop);
                using var trained = new ImageTokenizer(ImageTokenizerConfig.Load(Path.Combine(images, "model.yaml")), WeightSet.Load(images, ScalarType.Float32, cancellationToken: stop));
                new VisionTowerTrainer(options, slices, trained).Train(Path.Combine(folder, "vision_tower"), progress, stop);
            },
            stop => new BaseModelTrainer(options, tokenizer).Train(Path.Combine(folder, "base"), progress, stop));

        ModelPart Part(string name) => new(name, PartHash.Of(Path.Combine(folder, name), cancellationToken));
        new ModelManifest
        {
            Name = Name,
            Base = Part("base"),
            VisionTower = Part("vision_tower"),
            ImageTokenizer = Part("image_tokenizer"),
            Tokenizer = Part("tokenizer"),
            Template = PromptTemplate.Phi3.Name,
        }.Save(folder);
    }

    /// <summary>Runs parts on a thread each; the first failure stops the others and is thrown.</summary>
    private static void TrainTogether(CancellationToken cancellationToken, params Action<CancellationToken>[] parts)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? failure = null;
        var threads = parts.Select(part => new Thread(() =>
        {
            try
            {
                part(stop.Token);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, error, null);
                stop.Cancel();
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }
}
