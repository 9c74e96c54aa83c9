using System.Text.Json;
using HealthGpt.Collectives;
using HealthGpt.Model;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Tests;
using HealthGpt.Model.Tests.Decoder;
using HealthGpt.Model.Text;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.Samples;
using HealthGpt.Training.Schedules;
using HealthGpt.Training.State;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>The reference's five steps as a group of ranks takes them: vision features, splice, answer rows, shards, exchange, clipping and optimizer.</summary>
public sealed class ReferenceReplicaTests
{
    private const long Unlearnt = -100;
    private const string Task = "reference";

    public static TheoryData<string, string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, int>();
            foreach (var (family, kind) in Reference.Decoders.Select(row => row.Data))
            {
                cases.Add(family, kind, 1);
                cases.Add(family, kind, 2);
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Five_steps_of_a_group_give_the_references_losses_norms_and_weights(string family, string kind, int ranks)
    {
        var root = Directory.CreateTempSubdirectory("healthgpt-reference-");
        try
        {
            using (var test = new DecoderCase(family, kind)) ReferenceModel.Write(root.FullName, family, test);
            var listeners = Enumerable.Range(0, ranks).Select(_ => PeerListener.Start()).ToArray();
            string[] members = [.. listeners.Select(listener => listener.EndPoint)];
            await System.Threading.Tasks.Task.WhenAll(Enumerable.Range(0, ranks).Select(rank => System.Threading.Tasks.Task.Factory.StartNew(
                () => Train(root.FullName, family, kind, listeners[rank], members, rank), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            foreach (var listener in listeners) await listener.DisposeAsync();
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static void Train(string folder, string family, string kind, PeerListener listener, IReadOnlyList<string> members, int rank)
    {
        using var scope = NewDisposeScope();
        using var test = new DecoderCase(family, kind);
        using var facts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Reference.Folder, family, kind, "training.json")));
        using var model = HealthGptModel.Load(folder, ScalarType.Float32);
        using var state = StateOf(test);
        using var cache = new FrozenCache(new FrozenFolder(Path.Combine(folder, $"cache{rank}"), "reference", 1 << 24), 1 << 20);
        var loader = new MicroBatchLoader(model, cache);
        var job = JobOf(folder, facts.RootElement, test, kind);
        using var trainer = new PhaseTrainer(job, job.Phases[0], model, new FrozenParts(model, cache, loader, new DataClock()), kind == "generation", state, done: 0);
        var spec = new GroupSpec { Job = family, Generation = 1, Rank = rank, Members = members, Secret = "secret" };
        var group = ProcessGroup.FormAsync(listener, spec, TestContext.Current.CancellationToken).GetAwaiter().GetResult();
        try
        {
            Step(trainer, group, job, test, kind, facts.RootElement);
        }
        finally
        {
            group.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        using var after = Reference.Load(family, kind, "after_5_steps.safetensors");
        var trained = trainer.Weights.Names.ToDictionary(name => name[(name.IndexOf("base_model", StringComparison.Ordinal))..], name => state.Weights[name]);
        Assert.Equal(after.Tensors.Select(item => item.Key), trained.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in trained) Reference.NearInNorm(after.Get(name), tensor.detach(), name);
    }

    private static void Step(PhaseTrainer trainer, ProcessGroup group, TrainingJob job, DecoderCase test, string kind, JsonElement facts)
    {
        using var exchange = new GradientExchange(job.Shards, trainer.Weights, group);
        var shards = Shards(test, kind == "generation");
        var tokens = shards.Sum(shard => shard.Layout!.Targets.Count);
        var (losses, norms) = (Numbers(facts, "losses"), Numbers(facts, "gradient_norms"));
        for (var step = 0; step < losses.Length; step++)
        {
            exchange.Reduce((shard, reached) => trainer.ShardGradient(step, shard, [shards[shard]], 1, tokens, reached, CancellationToken.None), CancellationToken.None);
            var update = trainer.Apply(step);
            Assert.Equal(losses[step], update.Loss, 1e-4 * Math.Max(1, losses[step]));
            Assert.Equal(norms[step], update.GradientNorm, 1e-3 * norms[step]);
        }
    }

    // A row is a shard. Its pictures go through the frozen tower like any sample's.
    private static MicroBatch[] Shards(DecoderCase test, bool generation)
    {
        var pixels = test.Expected.Get("pixel_values");
        var next = 0;
        var shards = new MicroBatch[test.Expected.Get("input_ids").shape[0]];
        for (var row = 0; row < shards.Length; row++)
        {
            var ids = test.Ids(row);
            var labels = test.Expected.Get("labels")[row].data<long>().ToArray();
            var start = Array.FindIndex(labels, label => label != Unlearnt);
            var pictures = ids.Where(id => id == Prompt.ImageId).Select(_ => Picture(pixels[next], next++, generation)).ToArray();
            var sample = new PreparedSample
            {
                Generation = generation,
                Prompt = ids[..start],
                Images = [.. pictures.Select(picture => picture.Image)],
                Answer = ids[start..],
                AnswerTokens = ids.Length - start,
                Length = ids.Length - 1 + (pictures.Length * (test.Tower.Config.Patches - 1)),
            };
            shards[row] = new MicroBatch
            {
                Samples = [sample],
                Pictures = pictures,
                Answers = [],
                Layout = new BatchLayout([sample], test.Tower.Config.Patches, test.Images.TextTokens, [sample.Answer]),
            };
        }

        return shards;
    }

    private static FrozenInput Picture(Tensor pixels, int number, bool generation) =>
        new(default, new ImageReference("", $"{number}"), generation ? FrozenOutput.ConcreteFeatures : FrozenOutput.AbstractFeatures, $"{number:D4}")
        {
            Pixels = pixels.contiguous().data<float>().ToArray(),
        };

    // The reference's kin of XL32 has no image vocabulary: its head's padding rows take the place of the image tokens' here.
    private static TrainingState StateOf(DecoderCase test)
    {
        var state = new TrainingState();
        long text = test.Images.TextTokens, rest = test.Vocabulary.Head.shape[0] - text;
        void Add(string name, Tensor tensor) => state.Set(name, tensor.detach().clone());
        Add(WeightNames.TextEmbedding, test.Vocabulary.Embedding.narrow(0, 0, text));
        Add(WeightNames.ImageEmbedding, test.Vocabulary.Embedding.narrow(0, text, rest));
        Add(WeightNames.TextHead, test.Vocabulary.Head.narrow(0, 0, text));
        Add(WeightNames.ImageHead, test.Vocabulary.Head.narrow(0, text, rest));
        foreach (var (name, tensor) in test.HLora.NamedTensors()) Add(WeightNames.HLora(WeightNames.Plugin(Task)) + name, tensor);
        foreach (var (name, tensor) in test.Adapter.NamedTensors()) Add(WeightNames.Adapter(WeightNames.Plugin(Task)) + name, tensor);
        return state;
    }

    private static TrainingJob JobOf(string folder, JsonElement facts, DecoderCase test, string kind)
    {
        double Number(string name) => facts.GetProperty(name).GetDouble();
        var betas = Numbers(facts, "betas");
        var steps = Numbers(facts, "losses").Length;
        var rows = (int)test.Expected.Get("input_ids").shape[0];
        var hlora = new HLoraSettings(test.HLora.Rank, test.HLora.Alpha, test.HLora.Experts);
        return new TrainingJob
        {
            Name = kind,
            Model = folder,
            Data = folder,
            Preset = ModelPreset.Nano,
            Precision = ComputePrecision.Full,
            Shards = rows,
            Checkpoints = new CheckpointPolicy(new FolderAddress(folder), 1, 1),
            Optimizer = new OptimizerSettings { Beta1 = betas[0], Beta2 = betas[1], Epsilon = Number("eps"), WeightDecay = Number("weight_decay"), ClipNorm = Number("clip_norm") },
            ComprehensionHLora = hlora,
            GenerationHLora = hlora,
            Phases =
            [
                new JobPhase
                {
                    Index = 0,
                    Stage = Stages.Instruction,
                    Name = Task,
                    Steps = steps,
                    Batch = rows,
                    LearningRates = new LearningRates { HLora = Number("lr_hlora"), Adapter = Number("lr_adapter") },
                    Schedule = ScheduleKind.Constant,
                    WarmupSteps = 1,
                    Dropout = 0,
                },
            ],
        };
    }

    private static double[] Numbers(JsonElement facts, string name) => [.. facts.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
}
