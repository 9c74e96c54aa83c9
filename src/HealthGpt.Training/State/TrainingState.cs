using System.Security.Cryptography;
using HealthGpt.Model.Weights;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.State;

/// <summary>
/// All that a job has learnt so far, as named float32 tensors: weights that any phase trains, the present phase's optimizer moments, the position and the
/// history of steps. It is what goes to a worker that joins and into a checkpoint, and nothing else is needed to go on with the same bits.
/// </summary>
internal sealed class TrainingState : IDisposable
{
    /// <summary>Before the names of weights in files.</summary>
    public const string WeightPrefix = "weights/";
    private const string FirstMomentKey = "optimizer/first";
    private const string SecondMomentKey = "optimizer/second";
    private const string PositionKey = "position";
    private const string HistoryKey = "history";
    private const int HistoryColumns = 11;
    private const int LeastHistoryColumns = 5;

    private readonly SortedDictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly List<StepRecord> _history = [];

    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    public long CommittedSteps => _history.Count;

    public IReadOnlyList<StepRecord> History => _history;

    /// <summary>The optimizer's moments of the present phase, or the parts of them that are kept here; none where no step of the phase is done.</summary>
    public IReadOnlyList<MomentPart> Moments { get; private set; } = [];

    /// <summary>How many weights the present phase trains, as far as there are moments.</summary>
    public long TrainedLength { get; private set; }

    /// <summary>Whether the last step is applied to the weights of <see cref="Moments"/> only, because its group ended before the ranks had given each other theirs.</summary>
    public bool IsPartial { get; set; }

    /// <summary>A step that could be applied; null where there is none.</summary>
    public PendingStep? Pending { get; private set; }

    public bool Has(string name) => _weights.ContainsKey(name);

    public IEnumerable<KeyValuePair<string, Tensor>> Under(string prefix) =>
        _weights.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Puts a weight in, in place of an earlier one; the state owns it from now on.</summary>
    public void Set(string name, Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        if (_weights.TryGetValue(name, out var earlier) && !ReferenceEquals(earlier, tensor)) earlier.Dispose();
        _weights[name] = tensor;
    }

    /// <summary>Puts moments in place of the earlier ones; the state owns them from now on.</summary>
    /// <param name="parts">The moments kept here.</param>
    /// <param name="trained">How many weights are trained in all.</param>
    public void SetMoments(IReadOnlyList<MomentPart> parts, long trained)
    {
        foreach (var part in Moments) part.Dispose();
        (Moments, TrainedLength) = (parts, trained);
    }

    /// <summary>Adds to the moments kept here; the state owns them from now on.</summary>
    /// <param name="parts">Moments.</param>
    /// <param name="trained">How many weights are trained in all.</param>
    public void AddMoments(IEnumerable<MomentPart> parts, long trained) => (Moments, TrainedLength) = ([.. Moments, .. parts], trained);

    /// <summary>Gives up all moments but some.</summary>
    public void KeepMoments(IReadOnlyList<MomentPart> parts)
    {
        foreach (var part in Moments.Except(parts, ReferenceEqualityComparer.Instance).Cast<MomentPart>()) part.Dispose();
        Moments = parts;
    }

    /// <summary>Keeps a step that could be applied, in place of an earlier one.</summary>
    public void SetPending(PendingStep? step)
    {
        Pending?.Dispose();
        Pending = step;
    }

    public void Commit(StepRecord step)
    {
        if (step.Step != CommittedSteps + 1)
            throw new InvalidOperationException($"step {step.Step} cannot follow step {CommittedSteps}; steps are committed in order");
        _history.Add(step);
    }

    /// <summary>Replaces the last step's record, once more of it is known.</summary>
    public void Amend(StepRecord step) => _history[^1] = step;

    /// <summary>Everything as safetensors files of about the given size, so that no message or file outgrows what one array holds.</summary>
    /// <param name="moments">Moments of all weights that the phase trains; null to leave them out.</param>
    /// <param name="chunkBytes">The size.</param>
    public IReadOnlyList<byte[]> Serialize(MomentPart? moments, long chunkBytes = 256L << 20)
    {
        using var scope = NewDisposeScope();
        var files = new List<byte[]>();
        var chunk = new List<KeyValuePair<string, Tensor>>();
        var size = 0L;
        foreach (var entry in AllTensors(moments))
        {
            var length = entry.Value.numel() * entry.Value.element_size();
            if (chunk.Count > 0 && size + length > chunkBytes)
            {
                files.Add(ToBytes(chunk, size));
                chunk.Clear();
                size = 0;
            }

            chunk.Add(entry);
            size += length;
        }

        files.Add(ToBytes(chunk, size));
        return files;
    }

    /// <summary>Replaces everything by what <see cref="Serialize"/> wrote.</summary>
    /// <param name="job">The job.</param>
    /// <param name="files">The files.</param>
    /// <exception cref="InvalidDataException">They do not hold all of a state, moments apart.</exception>
    public void Restore(TrainingJob job, IEnumerable<byte[]> files)
    {
        Clear();
        Tensor? first = null, second = null;
        long? position = null;
        foreach (var bytes in files)
        {
            using var file = SafetensorsFile.Parse(bytes, "training state");
            foreach (var name in file.Entries.Keys)
            {
                var tensor = file.Read(name);
                if (name.StartsWith(WeightPrefix, StringComparison.Ordinal)) Set(name[WeightPrefix.Length..], tensor);
                else if (name == FirstMomentKey) first = tensor;
                else if (name == SecondMomentKey) second = tensor;
                else if (name == HistoryKey) RestoreHistory(job, tensor);
                else if (name == PositionKey) position = PositionOf(tensor);
                else tensor.Dispose();
            }
        }

        if (position != CommittedSteps) throw new InvalidDataException($"the state holds the records of {CommittedSteps} steps, but {(position is { } steps ? $"is that after step {steps}" : "not after which step it is")}");
        if (first is null || second is null) return;
        first.DetachFromDisposeScope();
        second.DetachFromDisposeScope();
        SetMoments([new MomentPart(0, first, second)], first.numel());
    }

    /// <summary>Demands the moments of a phase that goes on.</summary>
    /// <exception cref="InvalidDataException">There are none.</exception>
    public void RequireMoments(TrainingJob job)
    {
        if (Moments.Count == 0 && job.PositionAt(CommittedSteps) is { Done: > 0 } position)
            throw new InvalidDataException($"the state lacks the optimizer's moments after step {position.Done} of {position.Phase.Id}");
    }

    /// <summary>SHA-256 over names and bytes of all weights in name order.</summary>
    public string WeightsSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in _weights)
        {
            using var scope = NewDisposeScope();
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(tensor.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose() => Clear();

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        foreach (var tensor in _weights.Values) tensor.Dispose();
        _weights.Clear();
        _history.Clear();
        SetMoments([], 0);
        SetPending(null);
        IsPartial = false;
    }

    private IEnumerable<KeyValuePair<string, Tensor>> AllTensors(MomentPart? moments)
    {
        foreach (var (name, tensor) in _weights) yield return new(WeightPrefix + name, tensor);
        if (moments is not null) yield return new(FirstMomentKey, moments.First);
        if (moments is not null) yield return new(SecondMomentKey, moments.Second);
        yield return new(PositionKey, torch.tensor([CommittedSteps], ScalarType.Int64));
        yield return new(HistoryKey, HistoryTensor());
    }

    private Tensor HistoryTensor()
    {
        var values = new double[_history.Count * HistoryColumns];
        for (var row = 0; row < _history.Count; row++)
        {
            var step = _history[row];
            double[] columns =
            [
                step.Loss, step.GradientNorm, step.LearningRate, step.Tokens, step.Seconds, step.DataSeconds,
                step.Samples, step.ForwardSeconds, step.BackwardSeconds, step.ExchangeSeconds, step.Skipped ? 1 : 0,
            ];
            columns.CopyTo(values, row * HistoryColumns);
        }

        return torch.tensor(values, [_history.Count, HistoryColumns], ScalarType.Float64);
    }

    // Stage, phase and numbers of a step follow from the job, so the file holds the measured values only.
    private void RestoreHistory(TrainingJob job, Tensor tensor)
    {
        using (tensor)
        {
            if (tensor.dtype != ScalarType.Float64 || tensor.shape is not [_, >= LeastHistoryColumns]) throw new InvalidDataException("the state's history is no table of steps");
            var values = tensor.data<double>().ToArray();
            // States of earlier versions lack the last columns.
            var width = (int)tensor.shape[1];
            for (var row = 0; row < values.Length / width; row++)
            {
                var (phase, done) = job.PositionAt(row)
                    ?? throw new InvalidDataException($"the state holds {values.Length / width} steps, but the job has {job.TotalSteps}; it belongs to another job");
                var columns = values.AsSpan(row * width, width);
                _history.Add(new StepRecord
                {
                    Step = row + 1,
                    Stage = phase.Stage,
                    Name = phase.Name,
                    PhaseStep = done + 1,
                    Loss = columns[0],
                    GradientNorm = columns[1],
                    LearningRate = columns[2],
                    Tokens = (int)columns[3],
                    Seconds = columns[4],
                    DataSeconds = width > 5 ? columns[5] : 0,
                    Samples = width > 6 ? (int)columns[6] : 0,
                    ForwardSeconds = width > 7 ? columns[7] : 0,
                    BackwardSeconds = width > 8 ? columns[8] : 0,
                    ExchangeSeconds = width > 9 ? columns[9] : 0,
                    Skipped = width > 10 && columns[10] != 0,
                });
            }
        }
    }

    private static long PositionOf(Tensor tensor)
    {
        using (tensor) return tensor.dtype == ScalarType.Int64 && tensor.numel() == 1 ? tensor.item<long>() : throw new InvalidDataException("the state's position is no number");
    }

    private static byte[] ToBytes(List<KeyValuePair<string, Tensor>> tensors, long size)
    {
        using var stream = new MemoryStream((int)Math.Min(int.MaxValue / 2, size + 65536));
        SafetensorsWriter.Write(stream, tensors);
        return stream.ToArray();
    }
}
