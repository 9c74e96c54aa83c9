using System.Text.RegularExpressions;
using HealthGpt.Collectives;
using HealthGpt.Collectives.Nccl;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Replicas;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Training.Jobs;

/// <summary>Reads a job file, fills in defaults and checks every rule.</summary>
internal static partial class JobFileReader
{
    public static TrainingJob Read(string yaml, string baseFolder, string source, StorageAccess? partsBy = null, string? device = null, CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        var root = ParseRoot(yaml, problems);
        var job = root is null ? null : ReadJob(root, baseFolder);
        if (device is not null && job is not null) job = job with { Device = job.Device with { Kind = device } };
        if (partsBy is not null && job is not null) JobParts.Demand(root!, job, partsBy, cancellationToken);
        return job is null || problems.Count > 0 ? throw new JobFileException(source, problems) : job;
    }

    private static YamlSection? ParseRoot(string yaml, List<string> problems)
    {
        YamlStream stream;
        try
        {
            stream = YamlText.Parse(new StringReader(yaml));
        }
        catch (YamlException error)
        {
            problems.Add($"line {error.Start.Line}, column {error.Start.Column}: this is not YAML: {error.Message}");
            return null;
        }

        if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode mapping) return new YamlSection(mapping, "", problems);
        problems.Add("the file must be one YAML document of keys such as name, model, data and stages");
        return null;
    }

    private static TrainingJob ReadJob(YamlSection root, string baseFolder)
    {
        var name = root.RequiredText("name", "give the job a unique name");
        if (name.Length > 0 && !NamePattern().IsMatch(name))
            root.Problem("name", name, "must be lower-case letters, digits and hyphens, at most 63, starting with a letter or digit");
        var model = ReadPath(root, "model", baseFolder, "name the folder of the model to train");
        var data = ReadPath(root, "data", baseFolder, "name the dataset file");
        var preset = root.Choice("preset", PresetOf(model), [.. PresetWords.All]);
        var shards = root.Whole("shards", 4, 1, 4096);
        var hlora = root.Section("hlora");
        var device = ReadDevice(root);
        var job = new TrainingJob
        {
            Name = name,
            Model = model,
            Start = ReadAddress(root, "start", baseFolder),
            Data = data,
            Preset = preset,
            Seed = root.Unsigned("seed", 1),
            Workers = ReadWorkers(root, shards),
            Device = device,
            Transport = ReadTransport(root, device),
            Encryption = root.Choice("tls", Encryption.Off, ("true", Encryption.Tls), ("false", Encryption.Off)),
            Zero = root.Choice("zero", ZeroChoice.Auto, ("auto", ZeroChoice.Auto), ("off", ZeroChoice.Off), ("on", ZeroChoice.On)),
            Precision = root.Choice("precision", ComputePrecision.BFloat16, ("float32", ComputePrecision.Full), ("bfloat16", ComputePrecision.BFloat16)),
            Shards = shards,
            MicroBatch = root.Whole("microBatch", 2, 1, 4096),
            ActivationCheckpointing = root.Choice("activationCheckpointing", false, ("false", false), ("true", true)),
            MaxSequence = root.Whole("maxSequence", 2048, 16, 1 << 20),
            Checkpoints = ReadCheckpoints(root, baseFolder, name),
            OnBadSample = root.Choice("onBadSample", BadSamplePolicy.Skip, ("skip", BadSamplePolicy.Skip), ("stop", BadSamplePolicy.Stop)),
            MaxBadSamples = root.Number("maxBadSamples", 0.05, value => value is >= 0 and <= 1, "a share of the samples from 0 to 1, such as 0.05")!.Value,
            OnNonFinite = root.Choice("onNonFinite", NonFinitePolicy.Stop, ("stop", NonFinitePolicy.Stop), ("skip", NonFinitePolicy.Skip), ("roll-back", NonFinitePolicy.RollBack)),
            Optimizer = ReadOptimizer(root),
            ComprehensionHLora = ReadHLora(hlora, "comprehension", PresetDefaults.HLora(preset, generation: false)),
            GenerationHLora = ReadHLora(hlora, "generation", PresetDefaults.HLora(preset, generation: true)),
            Phases = new StageReader(preset, shards).Read(root),
        };
        RequireOtherPlace(root, job);
        hlora?.RefuseUnknownKeys();
        root.RefuseUnknownKeys();
        return job;
    }

    private static string ReadPath(YamlSection root, string key, string baseFolder, string rule)
    {
        var text = root.RequiredText(key, rule);
        if (text.Length == 0) return text;
        if (!text.Contains("://", StringComparison.Ordinal)) return Path.GetFullPath(text, baseFolder);
        root.Problem(key, text, "is an address; only local paths are read here, so copy it to a folder first and name that");
        return text;
    }

    private static ModelPreset PresetOf(string model) => RecordedIn(model) is { } word && PresetWords.All.FirstOrDefault(preset => preset.Text == word) is { Text: not null } preset
        ? preset.Value
        : PresetOfName(model);

    // The model need not be there yet; what is wrong with its manifest is told where it is loaded.
    private static string? RecordedIn(string model)
    {
        try
        {
            return File.Exists(Path.Combine(model, ModelManifest.FileName)) ? ModelManifest.Load(model).Preset : null;
        }
        catch (WeightFileException)
        {
            return null;
        }
    }

    private static ModelPreset PresetOfName(string model)
    {
        var folder = Path.GetFileName(model.TrimEnd('/'));
        if (folder.Contains("nano", StringComparison.OrdinalIgnoreCase)) return ModelPreset.Nano;
        if (folder.Contains("xl32", StringComparison.OrdinalIgnoreCase)) return ModelPreset.Xl32;
        return folder.Contains("l14", StringComparison.OrdinalIgnoreCase) ? ModelPreset.L14 : ModelPreset.M3;
    }

    private static WorkerCount ReadWorkers(YamlSection root, int shards)
    {
        var rule = $"must be at most shards, which is {shards}: a worker without a shard has nothing to do";
        if (root.IsScalar("workers"))
        {
            var count = root.Whole("workers", 1, 1);
            if (count > shards) root.Problem("workers", $"{count}", rule);
            return new WorkerCount(count, count);
        }

        var section = root.Section("workers");
        if (section is null) return new WorkerCount(1, 1);
        var min = section.Whole("min", 1, 1);
        var max = section.Whole("max", Math.Max(1, min), 1);
        if (max < min) section.Problem("max", $"{max}", $"must be at least workers.min, which is {min}");
        if (min > shards) section.Problem("min", $"{min}", rule);
        // A default is not what is wrong.
        if (section.Has("max") && max >= min && max > shards) section.Problem("max", $"{max}", rule);
        section.RefuseUnknownKeys();
        return new WorkerCount(min, max);
    }

    private static DeviceChoice ReadDevice(YamlSection root)
    {
        var section = root.Section("device");
        if (section is null) return new DeviceChoice("cpu", 1);
        var device = new DeviceChoice(section.Choice("kind", "cpu", ("cpu", "cpu"), ("cuda", "cuda")), section.Whole("threads", 1, 1, 1024));
        section.RefuseUnknownKeys();
        return device;
    }

    private static Transport ReadTransport(YamlSection root, DeviceChoice device)
    {
        var transport = root.Choice("transport", Transport.Auto, ("auto", Transport.Auto), ("shared-memory", Transport.SharedMemory), ("tcp", Transport.Tcp), ("nccl", Transport.Nccl));
        if (transport == Transport.Nccl) root.Problem("transport", "nccl", WhyNotNccl(device));
        return transport;
    }

    private static string WhyNotNccl(DeviceChoice device)
    {
        if (device.Kind != "cuda") return $"carries CUDA memory, but device.kind is {device.Kind}; use auto, shared-memory or tcp";
        try
        {
            return $"is not what a replica exchanges gradients through yet, although NCCL {NcclLibrary.Load().Version} is here; use auto, shared-memory or tcp";
        }
        catch (Exception error) when (error is NcclLibraryException or NcclException)
        {
            return $"needs a library that is not here: {error.Message}";
        }
    }

    private static CheckpointPolicy ReadCheckpoints(YamlSection root, string baseFolder, string name)
    {
        var fallback = new FolderAddress(Path.GetFullPath(Path.Combine("runs", name.Length == 0 ? "job" : name), baseFolder));
        var section = root.Section("checkpoints");
        if (section is null) return new CheckpointPolicy(fallback, 50, 3);
        var policy = new CheckpointPolicy(
            ReadAddress(section, "to", baseFolder) ?? fallback,
            section.Whole("everySteps", 50, 1),
            section.Whole("keep", 3, 1),
            section.Whole("keepEvery", null, 1));
        section.RefuseUnknownKeys();
        return policy;
    }

    // The trained model replaces what is at its place.
    private static void RequireOtherPlace(YamlSection root, TrainingJob job)
    {
        if (job.Checkpoints.To is not FolderAddress folder || job.Model.Length == 0) return;
        static string Inside(string path) => Path.TrimEndingDirectorySeparator(path) + Path.DirectorySeparatorChar;
        var (from, to) = (Inside(job.Model), Inside(Path.Combine(folder.FolderPath, ModelExport.FolderName)));
        if (from.StartsWith(to, StringComparison.Ordinal) || to.StartsWith(from, StringComparison.Ordinal))
            root.Problem(
                "checkpoints.to", folder.FolderPath, $"must be another place: the trained model is written to its folder '{ModelExport.FolderName}', which would replace or fill '{job.Model}', the model that is trained");
    }

    private static ArtifactAddress? ReadAddress(YamlSection section, string key, string baseFolder)
    {
        if (section.Text(key) is not { } text) return null;
        var address = ArtifactAddress.TryParse(text, baseFolder, out var problem);
        if (address is null) section.Problem(key, text, problem);
        return address;
    }

    private static OptimizerSettings ReadOptimizer(YamlSection root)
    {
        // Beyond these, float32 has no room for the step: weights, moments or denominators become 0, infinite or change their sign.
        const string BetaRule = "a number from 0 to 0.999999";
        static bool IsBeta(double value) => value is >= 0 and <= 0.999999;
        var defaults = new OptimizerSettings();
        var section = root.Section("optimizer");
        if (section is null) return defaults;
        var settings = new OptimizerSettings
        {
            Beta1 = section.Number("beta1", defaults.Beta1, IsBeta, BetaRule)!.Value,
            Beta2 = section.Number("beta2", defaults.Beta2, IsBeta, BetaRule)!.Value,
            Epsilon = section.Number("epsilon", defaults.Epsilon, value => value is >= 1e-20 and <= 1, "a number from 1e-20 to 1")!.Value,
            WeightDecay = section.Number("weightDecay", defaults.WeightDecay, value => value is >= 0 and <= 1, "a number from 0 to 1")!.Value,
            ClipNorm = section.Number("clipNorm", defaults.ClipNorm, value => value is >= 1e-6 and <= 1e9, "a number from 1e-6 to 1e9"),
        };
        section.RefuseUnknownKeys();
        return settings;
    }

    private static HLoraSettings ReadHLora(YamlSection? hlora, string key, HLoraSettings fallback)
    {
        var section = hlora?.Section(key);
        if (section is null) return fallback;
        var rank = section.Whole("rank", fallback.Rank, 1, 65536);
        var alpha = section.Number("alpha", section.Has("rank") ? 2 * rank : fallback.Alpha, value => value is >= 1e-3 and <= 1e6, "a number from 0.001 to 1e6")!.Value;
        var experts = section.Whole("experts", fallback.Experts, 1, 1024);
        if (rank % experts != 0) section.Problem("rank", $"{rank}", $"must be a multiple of experts, which is {experts}");
        section.RefuseUnknownKeys();
        return new HLoraSettings(rank, alpha, experts);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NamePattern();
}
