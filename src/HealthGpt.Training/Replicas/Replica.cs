using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Collectives;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Devices;
using HealthGpt.Training.Checkpoints;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;

namespace HealthGpt.Training.Replicas;

/// <summary>
/// One copy of the job's model and state. Everything in it runs on the device thread, and the waits for peers block it on purpose: there is nothing else
/// it could do meanwhile.
/// </summary>
internal sealed class Replica : IDisposable
{
    private const int StepsBetweenReturns = 10;
    private readonly TrainingJob _job;
    private readonly ReplicaOptions _options;
    private readonly HealthGptModel _model;
    private readonly Dataset _dataset;
    private readonly IReadOnlyList<PhaseTasks> _tasks;
    private readonly SampleIndex _index;
    private readonly FrozenParts _frozen;
    private readonly TrainingState _state = new();
    private readonly CheckpointStore _checkpoints;
    private readonly string _identity;

    private Replica(TrainingJob job, ReplicaOptions options, HealthGptModel model, CancellationToken cancellationToken)
    {
        _job = job;
        _options = options;
        _model = model;
        _dataset = Dataset.Load(job.Data);
        _tasks = PhaseTasks.Resolve(job, _dataset.Tasks);
        var grid = model.ImageTokenizer.Grid;
        var binding = new SampleBinding(
            model.Tokenizer, model.Template, model.ImageVocabulary, model.Tower.Config.Patches, grid * grid, Math.Min(job.MaxSequence, model.Decoder.Config.MaxPositions));
        _index = SampleIndex.Build(_dataset, _tasks.SelectMany(tasks => tasks.All), binding, job.OnBadSample, cancellationToken);
        _frozen = CreateFrozenParts();
        _checkpoints = new CheckpointStore(job.Checkpoints);
        _identity = Hash($"{job.Digest()} {ModelIdentity()} {_index.Sha256}");
        Fingerprint = ReplicaFingerprint.Of(job, _identity);
        StateStart.Fill(_state, job, model);
    }

    /// <summary>All that the bits of the result depend on.</summary>
    public string Fingerprint { get; }

    /// <summary>Samples that were left out.</summary>
    public IReadOnlyList<BadSample> BadSamples => _index.Bad;

    /// <summary>The state, for tests.</summary>
    internal TrainingState State => _state;

    /// <summary>Loads model and data. Call it on the device thread, which it binds to the job's number of threads.</summary>
    public static Replica Prepare(TrainingJob job, ReplicaOptions options, CancellationToken cancellationToken)
    {
        if (job.Device.Kind != "cpu")
            throw new JobFailureException($"device.kind is '{job.Device.Kind}', but training runs on the CPU here; set it to cpu.");
        torch.set_num_threads(job.Device.Threads);
        var model = HealthGptModel.Load(job.Model, job.Precision == ComputePrecision.Full ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16);
        try
        {
            return new Replica(job, options, model, cancellationToken);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Trains with a group until the job is done.</summary>
    /// <param name="group">The group.</param>
    /// <param name="journal">Hears of every step.</param>
    /// <param name="cancellationToken">Checked between micro-batches; the state stays that of the last applied step.</param>
    /// <returns>Hash of the final weights and folder of the finished model.</returns>
    public (string WeightsSha256, string ModelFolder) Run(ProcessGroup group, IReplicaJournal journal, CancellationToken cancellationToken)
    {
        if (group.Rank == 0) _checkpoints.RequireWritable();
        new StateExchange(_job, _state, _options.Name, Fingerprint).RunAsync(group, RestoreCheckpoint, cancellationToken).GetAwaiter().GetResult();
        journal.Restored([.. _state.History], LatestCheckpoint());
        while (_job.PositionAt(_state.CommittedSteps) is { } position) RunPhase(position.Phase, position.Done, group, journal, cancellationToken);
        return Finish(group, cancellationToken);
    }

    public void Dispose()
    {
        try
        {
            _checkpoints.WaitForWrites();
        }
        finally
        {
            _state.Dispose();
            _model.Dispose();
            // Serving may follow in this process.
            FreedMemory.CollectAndReturn();
        }
    }

    private void RunPhase(JobPhase phase, int done, ProcessGroup group, IReplicaJournal journal, CancellationToken cancellationToken)
    {
        var tasks = _tasks[phase.Index];
        var samples = new PhaseSamples(_job, phase, tasks, _index);
        using var trainer = new PhaseTrainer(_job, phase, _model, _frozen, samples, tasks.Generation.Count > 0, _state, done);
        var exchange = new GradientExchange(_job.Shards, trainer.GradientLength, group);
        for (; done < phase.Steps; done++)
        {
            var started = Stopwatch.GetTimestamp();
            var batch = samples.OfStep(done);
            var tokens = batch.Sum(sample => sample.AnswerTokens);
            var globalStep = _state.CommittedSteps;
            var reduced = exchange.Reduce(shard => trainer.ShardGradient(globalStep, shard, batch, tokens, cancellationToken), cancellationToken);
            var (norm, rate) = trainer.Apply(reduced, done);
            Commit(phase, done, reduced[^1], norm, rate, tokens, Stopwatch.GetElapsedTime(started), group.Rank, journal);
        }
    }

    private void Commit(
        JobPhase phase, int done, float loss, double norm, double rate, int tokens, TimeSpan elapsed, int rank, IReplicaJournal journal)
    {
        var step = new StepRecord
        {
            Step = _state.CommittedSteps + 1,
            Stage = phase.Stage,
            Name = phase.Name,
            PhaseStep = done + 1,
            Loss = loss,
            GradientNorm = norm,
            LearningRate = rate,
            Tokens = tokens,
            Seconds = elapsed.TotalSeconds,
        };
        _state.Commit(step);
        if (step.Step % StepsBetweenReturns == 0) FreedMemory.Return();
        var lastOfPhase = step.PhaseStep == phase.Steps;
        if (lastOfPhase) _state.SetMoments(null, null);
        if (rank == 0 && (lastOfPhase || step.Step % _job.Checkpoints.EverySteps == 0)) WriteCheckpoint(step);
        journal.Committed(step, LatestCheckpoint());
    }

    private (string WeightsSha256, string ModelFolder) Finish(ProcessGroup group, CancellationToken cancellationToken)
    {
        var hash = _state.WeightsSha256();
        var all = group.AllGatherAsync(Encoding.UTF8.GetBytes(hash), cancellationToken).GetAwaiter().GetResult();
        if (all.Select(Encoding.UTF8.GetString).Distinct().Count() > 1)
            throw new JobFailureException($"the replicas ended with different weights ({string.Join(", ", all.Select(Encoding.UTF8.GetString).Distinct())}); this is a defect, report it with the job file.");
        var folder = Path.Combine(_job.Checkpoints.Folder, "model");
        if (group.Rank == 0)
        {
            _checkpoints.WaitForWrites();
            folder = ModelExport.Write(_job, _model, _dataset.Tasks, _state);
        }

        group.BarrierAsync(cancellationToken).GetAwaiter().GetResult();
        return (hash, folder);
    }

    private void WriteCheckpoint(StepRecord step) => _checkpoints.Write(step.Step, _state.Serialize(), new Dictionary<string, string>
    {
        ["job"] = _job.Name,
        ["identity"] = _identity,
        ["fingerprint"] = Fingerprint,
        ["stage"] = step.Stage,
        ["phase"] = step.Name,
        ["phaseStep"] = step.PhaseStep.ToString(CultureInfo.InvariantCulture),
        ["step"] = step.Step.ToString(CultureInfo.InvariantCulture),
        // Sample order and dropout are functions of seed and step, so these two are cursor and random state.
        ["seed"] = _job.Seed.ToString(CultureInfo.InvariantCulture),
    });

    private WrittenCheckpoint? LatestCheckpoint() => _checkpoints.Latest is { } folder ? new WrittenCheckpoint(CheckpointStore.StepOf(folder), folder) : null;

    private void RestoreCheckpoint()
    {
        if (_checkpoints.FindLatest() is not { } found) return;
        if (found.Metadata.GetValueOrDefault("identity") != _identity)
            throw new JobFailureException($"checkpoints.to has a checkpoint in '{found.FolderPath}' of another job, model or dataset (job '{found.Metadata.GetValueOrDefault("job")}'); name another folder or remove it.");
        _state.Restore(_job, found.Files.Select(file => found.ReadAsync(file.Name, CancellationToken.None).GetAwaiter().GetResult()));
    }

    private FrozenParts CreateFrozenParts()
    {
        var preparation = _model.Preparation;
        var clip = new ClipPreparation { Size = preparation.Size, Mean = preparation.Mean, Std = preparation.Std };
        // Other hardware computes other bits, so its entries are others.
        var key = Hash($"1 {_model.Manifest.VisionTower.Sha256} {_model.Manifest.ImageTokenizer.Sha256} {_model.Type} {_job.Device} {ReplicaFingerprint.Processor} {torch.__version__}");
        var cache = new FrozenCache(Path.Combine(_options.CacheFolder, key[..16]), _options.CacheMemoryBytes);
        return new FrozenParts(_model.Tower, clip, _model.ImageTokenizer, cache);
    }

    private string ModelIdentity()
    {
        var manifest = _model.Manifest;
        var parts = new[] { manifest.Base, manifest.VisionTower, manifest.ImageTokenizer, manifest.Tokenizer, manifest.Fusion }.Concat(manifest.Plugins.OrderBy(plugin => plugin.Key, StringComparer.Ordinal).Select(plugin => plugin.Value));
        return manifest.Template + string.Concat(parts.Select(part => part?.Sha256 ?? "none"));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
