using System.Diagnostics;
using System.Globalization;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;

namespace HealthGpt.Benchmarks.Training;

/// <summary>Steps of instruction/vqa on healthgpt-nano over a dataset, through the pipeline, as a single worker takes them.</summary>
internal sealed class DataRun : IDisposable
{
    public const int Batch = 4;
    private const long DataBytes = 256L << 20;
    private const long CacheBytes = 1L << 30;

    private readonly TemporaryFolder _folder = new();
    private readonly TrainingJob _job;
    private readonly HealthGptModel _model;
    private readonly PhaseSamples _samples;
    private readonly TrainingState _state = new();
    private readonly int _steps;
    private FrozenCache _cache;
    private int _caches;

    /// <param name="dataset">The dataset.</param>
    /// <param name="steps">Steps of one run; each sample is in one of them.</param>
    public DataRun(string dataset, int steps)
    {
        _steps = steps;
        _job = TrainingJob.Parse(Yaml(dataset, steps), _folder.FullName);
        _model = HealthGptModel.Load(_job.Model, torch.ScalarType.BFloat16);
        var grid = _model.ImageTokenizer.Grid;
        var binding = new SampleBinding(
            _model.Tokenizer, _model.Manifest.Tokenizer.Sha256, _model.Template, _model.ImageVocabulary, _model.Tower.Config.Patches, grid * grid, _job.MaxSequence);
        var data = Dataset.Load(_job.Data);
        var tasks = PhaseTasks.Resolve(_job, data.Tasks)[0];
        var index = SampleIndex.Build(data, tasks.All, binding, new BadSampleRule(BadSamplePolicy.Stop, 0), _folder["samples"], CancellationToken.None);
        _samples = new PhaseSamples(_job, _job.Phases[0], tasks, index);
        StateStart.Fill(_state, _job, _model);
        _cache = NewCache();
    }

    /// <summary>Forgets all features.</summary>
    public void Forget()
    {
        _cache.Dispose();
        _cache = NewCache();
    }

    /// <summary>Takes the steps.</summary>
    /// <param name="threads">Threads that prepare ahead.</param>
    /// <returns>How long they took, and how much of it went into data.</returns>
    public (TimeSpan All, TimeSpan Data) Run(int threads)
    {
        var clock = new DataClock();
        var loader = new MicroBatchLoader(_model, _cache);
        using var trainer = new PhaseTrainer(_job, _job.Phases[0], _model, new FrozenParts(_model, _cache, loader, clock), generationTask: false, _state, done: 0);
        var started = Stopwatch.GetTimestamp();
        using var pipeline = new BatchPipeline(MicroBatchPlan.All(_samples, (0, _steps), (0, _job.Shards)), loader, new PipelineLimits(threads, DataBytes), clock);
        for (var step = 0; step < _steps; step++) Step(trainer, pipeline, step);
        return (Stopwatch.GetElapsedTime(started), clock.Total);
    }

    public void Dispose()
    {
        _cache.Dispose();
        _state.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }

    private void Step(PhaseTrainer trainer, BatchPipeline pipeline, int step)
    {
        var batch = _samples.OfStep(step);
        var tokens = batch.Sum(sample => sample.AnswerTokens);
        var weights = trainer.Weights;
        using var cleared = weights.Reduced.zero_();
        for (var shard = 0; shard < _job.Shards; shard++)
        {
            var count = _samples.MicroBatchesOf(batch, shard).Count;
            var batches = pipeline.TakeAll(step, shard, count, CancellationToken.None);
            trainer.ShardGradient(step, shard, batches, count, tokens, reached: null, CancellationToken.None);
            using var sum = weights.Reduced.add_(weights.Gradient);
        }

        trainer.Apply(step);
    }

    private FrozenCache NewCache() => new(new FrozenFolder(_folder["features"], $"{_caches++}", 4L << 30), CacheBytes);

    private static string Yaml(string dataset, int steps) => string.Create(CultureInfo.InvariantCulture, $$"""
        name: benchmark
        model: {{Repository.ModelFolder}}
        data: {{dataset}}
        seed: 1
        shards: 4
        microBatch: 2
        device: { kind: cpu, threads: 2 }
        precision: bfloat16
        stages:
          - stage: instruction
            tasks:
              vqa: { steps: {{steps}}, batch: {{Batch}}, schedule: constant, learningRate: { adapter: 1e-7, hlora: 1e-7 } }
        """);
}
