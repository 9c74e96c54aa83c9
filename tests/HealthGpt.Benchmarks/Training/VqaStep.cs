using System.Globalization;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Collectives;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Devices;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;

namespace HealthGpt.Benchmarks.Training;

/// <summary>Steps of the phase instruction/vqa as a worker takes them, always of the same batch.</summary>
internal sealed class VqaStep : IDisposable
{
    public const string Single = "float32";
    public const string Half = "bfloat16";
    public const string Task = "vqa";
    private const int Steps = 1_000_000;

    private readonly TrainingJob _job;
    private readonly HealthGptModel _model;
    private readonly PeerListener _listener;
    private readonly ProcessGroup _group;
    private readonly GradientExchange _exchange;
    private readonly PhaseTrainer _trainer;
    private readonly FrozenCache _cache;
    private readonly MicroBatchLoader _loader;
    private readonly PhaseSamples _samples;
    private readonly SampleReference[] _batch;
    private int _done;

    /// <param name="cacheFolder">Where image features are kept.</param>
    /// <param name="cacheBytes">How many bytes of them are kept in memory as well.</param>
    /// <param name="precision">As job files name it.</param>
    /// <param name="setting">Model and batch; null for healthgpt-nano and the demo's.</param>
    /// <param name="listener">The listener of a member of a group; null where there is none other. Disposed.</param>
    /// <param name="group">The group of that member.</param>
    public VqaStep(string cacheFolder, long cacheBytes, string precision, StepSetting? setting = null, PeerListener? listener = null, GroupSpec? group = null)
    {
        _job = TrainingJob.Parse(Yaml(setting ?? new StepSetting(), precision, cacheFolder), AppContext.BaseDirectory);
        _model = HealthGptModel.Load(_job.Model, precision == Single ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16);
        FreedMemory.KeepBetweenSteps();
        var dataset = Dataset.Load(_job.Data);
        var tasks = PhaseTasks.Resolve(_job, dataset.Tasks)[0];
        var grid = _model.ImageTokenizer.Grid;
        var binding = new SampleBinding(
            _model.Tokenizer, _model.Manifest.Tokenizer.Sha256, _model.Template, _model.ImageVocabulary, _model.Tower.Config.Patches, grid * grid, _job.MaxSequence);
        var rule = new BadSampleRule(BadSamplePolicy.Stop, 0);
        _samples = new PhaseSamples(_job, _job.Phases[0], tasks, SampleIndex.Build(dataset, tasks.All, binding, rule, Path.Combine(cacheFolder, "samples"), CancellationToken.None));
        _cache = new FrozenCache(new FrozenFolder(Path.Combine(cacheFolder, "features"), "benchmark", 1L << 30), cacheBytes);
        _loader = new MicroBatchLoader(_model, _cache);
        Frozen = new FrozenParts(_model, _cache, _loader, new DataClock());
        StateStart.Fill(State, _job, _model);
        StartAdapters();
        _trainer = new PhaseTrainer(_job, _job.Phases[0], _model, Frozen, generationTask: false, State, done: 0);
        _batch = _samples.OfStep(0);
        _listener = listener ?? PeerListener.Start();
        _group = ProcessGroup.FormAsync(_listener, group ?? Alone()).GetAwaiter().GetResult();
        _exchange = new GradientExchange(_job.Shards, _trainer.Weights, _group);
    }

    public TrainingJob Job => _job;

    public HealthGptModel Model => _model;

    public FrozenParts Frozen { get; }

    public TrainingState State { get; } = new();

    /// <summary>The samples of the step.</summary>
    public PreparedSample[] Batch => [.. _batch.Select(sample => sample.Read())];

    /// <summary>How long this member waited for others, all steps together.</summary>
    public TimeSpan Waited => _exchange.Waited;

    /// <summary>The first micro-batch of the step.</summary>
    public MicroBatch FirstMicroBatch => _loader.Load(_samples.MicroBatchesOf(_batch, 0)[0]);

    /// <summary>Tokens the decoder sees in one step, patches included.</summary>
    public int Tokens => Batch.Sum(sample => sample.Length);

    /// <summary>One step: all shards' gradients, their sum, and the optimizer.</summary>
    /// <returns>Loss and gradient norm before the step.</returns>
    public StepUpdate Run() => Run(_batch);

    /// <summary>One step of the batch that is next.</summary>
    public StepUpdate RunNext() => Run(_samples.OfStep(_done));

    private StepUpdate Run(SampleReference[] batch)
    {
        var tokens = batch.Sum(sample => sample.AnswerTokens);
        _exchange.Reduce(
            (shard, reached) =>
            {
                var plans = _samples.MicroBatchesOf(batch, shard);
                _trainer.ShardGradient(_done, shard, plans.Select(rows => _loader.Load(rows)), plans.Count, tokens, reached, CancellationToken.None);
            },
            CancellationToken.None);
        return _trainer.Apply(_done++);
    }

    public void Dispose()
    {
        _group.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _listener.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _exchange.Dispose();
        _trainer.Dispose();
        _cache.Dispose();
        State.Dispose();
        _model.Dispose();
    }

    private GroupSpec Alone() => new() { Job = _job.Name, Generation = 1, Rank = 0, Members = [_listener.EndPoint], Secret = "benchmark" };

    // Up-projections start at zero, and with them all that two ways of computing an adapter could differ in.
    private void StartAdapters()
    {
        StateStart.AddPlugin(State, _job, _model, Task, generation: false);
        using var noGrad = torch.no_grad();
        using var generator = new torch.Generator(20296);
        foreach (var (_, tensor) in State.Under(WeightNames.HLora(WeightNames.Plugin(Task))).Where(weight => weight.Key.Contains("lora_B", StringComparison.Ordinal)))
        {
            using var random = torch.randn(tensor.shape, generator: generator);
            using Scalar small = 0.02;
            using var scaled = random.mul_(small);
            tensor.copy_(scaled);
        }
    }

    // The rates are next to nothing, so that every measured step is one of the same model.
    private static string Yaml(StepSetting setting, string precision, string folder) => string.Create(CultureInfo.InvariantCulture, $$"""
        name: benchmark
        model: {{setting.Model}}
        preset: {{setting.Preset}}
        data: {{setting.Data}}
        seed: 1
        shards: {{setting.Shards}}
        microBatch: {{setting.MicroBatch}}
        precision: {{precision}}
        checkpoints: { to: {{Path.Combine(folder, "checkpoints")}} }
        stages:
          - stage: instruction
            tasks:
              {{Task}}: { steps: {{Steps}}, batch: {{setting.Batch}}, schedule: constant, dropout: 0, learningRate: { adapter: 1e-7, hlora: 1e-7 } }
        """);
}
