using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Collectives;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Devices;
using HealthGpt.Model.HLora;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Checkpoints;
using HealthGpt.Training.Features;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Optimizers;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace HealthGpt.Training.Replicas;

/// <summary>
/// One copy of the job's model and state. Everything in it runs on the device thread, and the waits for peers block it on purpose: there is nothing else
/// it could do meanwhile.
/// </summary>
internal sealed class Replica : IDisposable
{
    private const int StepsBetweenReturns = 10;

    // Of the flat order of weights, in which the optimizer's moments lie in a checkpoint.
    private const int LayoutVersion = 2;

    // Beside a checkpoint, to tell what another job differs in.
    private const string SettingsNote = "settings";
    private const string SamplesNote = "samples";
    private const int ShownHash = 12;

    // A bare samples file has no problems but those of its samples.
    private static readonly string[] SampleFiles = [".json", ".jsonl", ".ndjson"];

    private readonly TrainingJob _job;
    private readonly ReplicaOptions _options;
    private readonly HealthGptModel _model;
    private readonly Dataset _dataset;
    private readonly IReadOnlyList<PhaseTasks> _tasks;
    private readonly SampleIndex _index;
    private readonly FrozenCache _cache;
    private readonly MicroBatchLoader _loader;
    private readonly FrozenParts _frozen;
    private readonly DataClock _clock = new();
    private readonly TrainingState _state = new();
    private readonly CheckpointStore _checkpoints;
    private readonly string _identity;
    private readonly string _modelIdentity;
    private readonly StartCheckpoint? _start;
    private readonly ILogger _logger;
    private readonly NonFiniteGuard _guard;
    private bool _checkpointIsDue;

    private Replica(TrainingJob job, ReplicaOptions options, HealthGptModel model, ILogger logger, CancellationToken cancellationToken)
    {
        _job = job;
        _options = options;
        _model = model;
        _logger = logger;
        _guard = new NonFiniteGuard(job, _state, logger);
        _dataset = LoadDataset(job, cancellationToken);
        _tasks = PhaseTasks.Resolve(job, _dataset.Tasks);
        var grid = model.ImageTokenizer.Grid;
        var binding = new SampleBinding(
            model.Tokenizer, model.Manifest.Tokenizer.Sha256, model.Template, model.ImageVocabulary, model.Tower.Config.Patches, grid * grid,
            Math.Min(job.MaxSequence, model.Decoder.Config.MaxPositions));
        _index = SampleIndex.Build(
            _dataset, _tasks.SelectMany(tasks => tasks.All), binding, new BadSampleRule(job.OnBadSample, job.MaxBadSamples), Path.Combine(options.CacheFolder, "samples"),
            cancellationToken);
        _checkpoints = new CheckpointStore(job.Checkpoints, options.Storage, logger);
        _modelIdentity = ModelIdentity.Of(model.Manifest);
        _start = job.Start is null ? null : StartCheckpoint.Open(job, job.Start, options.Storage, _modelIdentity, SizeOf, logger, cancellationToken);
        _identity = Hash($"{LayoutVersion} {job.Digest()} {ModelIdentity.TextOf(model.Manifest)} {_index.Sha256} {_start?.Sha256}");
        Fingerprint = ReplicaFingerprint.Of(job, _identity);
        try
        {
            FillState(cancellationToken);
            // Last, as it has a thread of its own.
            _cache = CreateCache();
        }
        catch
        {
            _state.Dispose();
            throw;
        }

        _loader = new MicroBatchLoader(model, _cache);
        _frozen = new FrozenParts(model, _cache, _loader, _clock);
    }

    /// <summary>All that the bits of the result depend on.</summary>
    public string Fingerprint { get; }

    /// <summary>The first samples that were left out.</summary>
    public IReadOnlyList<BadSample> BadSamples => _index.Bad;

    /// <summary>How many were left out.</summary>
    public int BadSampleCount => _index.BadCount;

    /// <summary>The state, for tests.</summary>
    internal TrainingState State => _state;

    /// <summary>Loads model and data. Call it on the device thread, which it binds to the job's number of threads.</summary>
    public static Replica Prepare(TrainingJob job, ReplicaOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var device = ReplicaDevice.Of(job.Device, options.DeviceIndex);
        // Of this machine alone: another may have them.
        if (job.Device.Threads > Environment.ProcessorCount)
            throw new InvalidOperationException($"device.threads is '{job.Device.Threads}', but this machine has {Environment.ProcessorCount} processors, and more threads would wait for each other; set it to at most {Environment.ProcessorCount}.");
        torch.set_num_threads(job.Device.Threads);
        var model = HealthGptModel.Load(job.Model, job.Precision == ComputePrecision.Full ? torch.ScalarType.Float32 : torch.ScalarType.BFloat16, device, cancellationToken);
        try
        {
            var replica = new Replica(job, options, model, logger, cancellationToken);
            FreedMemory.KeepBetweenSteps();
            return replica;
        }
        catch
        {
            model.Dispose();
            FreedMemory.CollectAndReturn();
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
        // Who has trained already goes on: its checkpoints may be possible again later.
        if (group.Rank == 0 && _state.CommittedSteps == 0)
        {
            _checkpoints.RequireWritable(cancellationToken);
            ModelExport.RequirePlace(_job, _options.Storage, cancellationToken);
        }

        ExchangeState(group, journal, cancellationToken);
        while (_job.PositionAt(_state.CommittedSteps) is { } position)
        {
            try
            {
                RunPhase(position.Phase, position.Done, group, journal, cancellationToken);
            }
            catch (NonFiniteStepException step)
            {
                RollBack(step, group, journal, cancellationToken);
            }
        }

        return Finish(group, journal, cancellationToken);
    }

    public void Dispose()
    {
        try
        {
            _checkpoints.Dispose();
        }
        finally
        {
            _cache.Dispose();
            _state.Dispose();
            _model.Dispose();
            // Serving may follow in this process.
            FreedMemory.CollectAndReturn();
        }
    }

    private void ExchangeState(ProcessGroup group, IReplicaJournal journal, CancellationToken cancellationToken)
    {
        var actions = new StateActions(() => RestoreCheckpoint(cancellationToken), () => Reset(cancellationToken), ApplyPending, WeightsOf);
        new StateExchange(_job, _state, _options.Name, Fingerprint, group, actions, _logger).Run(cancellationToken);
        if (_state.CommittedSteps == 0) _start?.Require();
        journal.Restored([.. _state.History], Checkpoints());
    }

    private void RollBack(NonFiniteStepException step, ProcessGroup group, IReplicaJournal journal, CancellationToken cancellationToken)
    {
        _guard.RequireFirst(step);
        Reset(cancellationToken);
        ExchangeState(group, journal, cancellationToken);
    }

    private void Reset(CancellationToken cancellationToken)
    {
        _checkpoints.WaitForWrites();
        _state.Clear();
        FillState(cancellationToken);
    }

    private void FillState(CancellationToken cancellationToken)
    {
        StateStart.Fill(_state, _job, _model);
        _start?.Fill(_state, cancellationToken);
    }

    private HLoraSettings? SizeOf(string task) => _job.Phases.FirstOrDefault(phase => phase.Stage == Stages.Instruction && phase.Name == task) is not { } phase ? null
        : _tasks[phase.Index].Generation.Count > 0 ? _job.GenerationHLora : _job.ComprehensionHLora;

    private void ApplyPending()
    {
        var pending = _state.Pending!;
        var (phase, done) = _job.PositionAt(_state.CommittedSteps)!.Value;
        using var trainer = Trainer(phase, done, _ => [.. _state.Moments.Select(part => part.Range)]);
        trainer.Weights.Reduced.copy_(pending.Reduced);
        var update = trainer.Apply(done);
        _state.Commit(pending.Record(update));
        _state.IsPartial = update.IsFinite;
    }

    private PhaseTrainer Trainer(JobPhase phase, int done, Func<long, IReadOnlyList<WeightRange>> kept) =>
        new(_job, phase, _model, _frozen, _tasks[phase.Index].Generation.Count > 0, _state, done, kept);

    private TrainedWeights WeightsOf(JobPhase phase) => new(_state, phase, PhaseRoles.Of(_job, phase, _tasks[phase.Index].Generation.Count > 0));

    private void RunPhase(JobPhase phase, int done, ProcessGroup group, IReplicaJournal journal, CancellationToken cancellationToken)
    {
        var samples = new PhaseSamples(_job, phase, _tasks[phase.Index], _index);
        var trainer = Trainer(phase, done, length => ZeroPartition.Of(_job.Zero, group.WorldSize, length).HeldBy(group.Rank));
        var limits = new PipelineLimits(_options.DataThreads, _options.DataBytes);
        using var run = new PhaseRun(_job, phase, done, _state, trainer, samples, _guard, group, _loader, limits, _clock, _options.Probe);
        for (; done < phase.Steps; done++)
        {
            _checkpointIsDue = group.Rank == 0 && (_checkpointIsDue || done + 1 == phase.Steps || (_state.CommittedSteps + 1) % _job.Checkpoints.EverySteps == 0);
            // One that comes due while another is being written comes late: after the first step at which that has ended.
            var follows = run.Step(done, _checkpointIsDue && !_checkpoints.IsWriting, cancellationToken);
            if (_state.CommittedSteps % StepsBetweenReturns == 0) FreedMemory.Return();
            if (follows) WriteCheckpoint(run, group.Rank, cancellationToken);
            journal.Committed(_state.History[^1], Checkpoints());
        }
    }

    private void WriteCheckpoint(PhaseRun run, int rank, CancellationToken cancellationToken)
    {
        using var moments = run.GatherMoments(cancellationToken);
        if (rank == 0) WriteCheckpoint(_state.History[^1], moments);
    }

    private (string WeightsSha256, string ModelFolder) Finish(ProcessGroup group, IReplicaJournal journal, CancellationToken cancellationToken)
    {
        var hash = _state.WeightsSha256();
        var all = group.AllGatherAsync(Encoding.UTF8.GetBytes(hash), cancellationToken).GetAwaiter().GetResult();
        if (all.Select(Encoding.UTF8.GetString).Distinct().Count() > 1)
            throw new JobFailureException($"the replicas ended with different weights ({string.Join(", ", all.Select(Encoding.UTF8.GetString).Distinct())}); this is a defect, report it with the job file.");
        if (group.Rank == 0)
        {
            WriteLastCheckpoint();
            journal.Checkpointed(Checkpoints());
            var leftOut = ModelExport.Write(_job, _options.Storage, _model, _dataset.Tasks, _state, cancellationToken);
            if (leftOut.Count > 0) _logger.LogWarning("The trained model is without the plugins of {Tasks}: they go with the vocabulary weights that the job has changed.", string.Join(", ", leftOut));
            journal.Exported(leftOut);
        }

        group.BarrierAsync(cancellationToken).GetAwaiter().GetResult();
        return (hash, ModelExport.PlaceOf(_job).ToString());
    }

    // The snapshot is all that the training thread does for a checkpoint.
    private void WriteCheckpoint(StepRecord step, MomentPart? moments)
    {
        _checkpointIsDue = false;
        var notes = new Dictionary<string, string>
        {
            ["job"] = _job.Name,
            ["identity"] = _identity,
            [StartCheckpoint.ModelNote] = _modelIdentity,
            [SettingsNote] = JobSettings.TextOf(_job),
            [SamplesNote] = _index.Sha256,
            [StartCheckpoint.SizeNote] = StartCheckpoint.SizeOf(_job),
            ["fingerprint"] = Fingerprint,
            ["stage"] = step.Stage,
            ["phase"] = step.Name,
            ["phaseStep"] = step.PhaseStep.ToString(CultureInfo.InvariantCulture),
            [CheckpointStore.StepNote] = step.Step.ToString(CultureInfo.InvariantCulture),
            // Sample order and dropout are functions of seed and step, so these two are cursor and random state.
            ["seed"] = _job.Seed.ToString(CultureInfo.InvariantCulture),
        };
        if (_start is not null) notes[StartCheckpoint.StartNote] = _start.Sha256;
        _checkpoints.Write(step.Step, _state.Serialize(moments), notes);
    }

    private void WriteLastCheckpoint()
    {
        _checkpoints.WaitForWrites();
        if (_checkpoints.Latest?.Step == _state.CommittedSteps) return;
        WriteCheckpoint(_state.History[^1], moments: null);
        _checkpoints.WaitForWrites();
    }

    private CheckpointStanding Checkpoints() => new(_checkpoints.Latest, _checkpoints.Problem);

    private void RestoreCheckpoint(CancellationToken cancellationToken) => _checkpoints.Restore(
        RequireOwn,
        files =>
        {
            _state.Restore(_job, files);
            _state.RequireMoments(_job);
        },
        cancellationToken);

    private void RequireOwn(ManifestFolder found)
    {
        if (found.Metadata.GetValueOrDefault("identity") == _identity) return;

        var differences = Differences(found.Metadata).ToList();
        var what = differences.Count == 0 ? "of another job, model or dataset" : $"of a job that differs in {string.Join(", ", differences)}";
        throw new JobFailureException($"checkpoints.to has a checkpoint in '{found.Address}' {what} (job '{found.Metadata.GetValueOrDefault("job")}'); put it back as it was, name another place or remove it.");
    }

    // A checkpoint of an earlier version has not all of the notes.
    private IEnumerable<string> Differences(IReadOnlyDictionary<string, string> notes)
    {
        string? Other(string what, string note, string? ours) =>
            notes.GetValueOrDefault(note) is { } theirs && theirs != ours ? $"{what} (SHA-256 {theirs[..Math.Min(theirs.Length, ShownHash)]} there, {ours?[..ShownHash] ?? "none"} here)" : null;
        return JobSettings.Differences(notes.GetValueOrDefault(SettingsNote), _job).Concat(new[]
        {
            Other("the model's parts", StartCheckpoint.ModelNote, _modelIdentity),
            Other("the dataset's samples", SamplesNote, _index.Sha256),
            Other("start", StartCheckpoint.StartNote, _start?.Sha256)
                ?? (_start is not null && !notes.ContainsKey(StartCheckpoint.StartNote) ? $"start (none there, '{_job.Start}' here)" : null),
        }.OfType<string>());
    }

    private FrozenCache CreateCache()
    {
        // Other hardware computes other bits, so its entries are others.
        var key = Hash($"1 {_model.Manifest.VisionTower.Sha256} {_model.Manifest.ImageTokenizer.Sha256} {_model.Type} {_job.Device} {ReplicaDevice.ModelOf(_job.Device)} {torch.__version__}");
        return new FrozenCache(new FrozenFolder(Path.Combine(_options.CacheFolder, "features"), key[..16], _options.CacheDiskBytes), _options.CacheMemoryBytes);
    }

    // File names may tell who a patient is, and what is thrown here goes to the log and the state of the job. What is wrong with the dataset file itself can be told.
    private static Dataset LoadDataset(TrainingJob job, CancellationToken cancellationToken)
    {
        try
        {
            // What is left out here is counted and listed with what cannot be decoded.
            var badLines = job.OnBadSample == BadSamplePolicy.Skip ? BadLines.Kept : BadLines.Refused;
            return Dataset.Load(job.Data, SampleCache.Default, badLines, cancellationToken);
        }
        catch (DatasetException error)
        {
            var own = error.Problems.Where(problem => problem.StartsWith(job.Data + ":", StringComparison.Ordinal) && !SampleFiles.Contains(Path.GetExtension(job.Data)));
            throw new JobFailureException(string.Join(
                "\n  ", own.Prepend($"the job's dataset has {error.Problems.Count} problems; `healthgpt data check` names every file and line.")));
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
