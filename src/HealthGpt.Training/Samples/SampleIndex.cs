using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Data.Samples.Indexing;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Samples;

/// <summary>
/// The training samples of a job's tasks, each decoded once to see that it can be used. Built from the files alone, so every worker has the same index. What
/// was found out is kept in a folder; at the next start only samples are decoded that are new or changed, their pictures included.
/// </summary>
internal sealed class SampleIndex
{
    private const int MostListed = 1000;
    private const int AtOnce = 1024;
    private const string Suffix = ".verdicts";

    private static readonly TimeSpan Unused = TimeSpan.FromDays(30);

    private readonly Dataset _dataset;
    private readonly SampleBinding _binding;
    private readonly BadSampleRule _rule;
    private readonly string _folder;
    private readonly SampleJudge _judge;
    private readonly Dictionary<string, TaskSamples> _tasks = new(StringComparer.Ordinal);
    private readonly List<BadSample> _bad = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _samples;

    private SampleIndex(Dataset dataset, SampleBinding binding, BadSampleRule rule, string folder) =>
        (_dataset, _binding, _rule, _folder, _judge) = (dataset, binding, rule, folder, new SampleJudge(binding));

    /// <summary>The first samples that were left out.</summary>
    public IReadOnlyList<BadSample> Bad => _bad;

    /// <summary>How many were left out.</summary>
    public int BadCount { get; private set; }

    /// <summary>SHA-256 over all that the index holds, image contents included.</summary>
    public string Sha256 { get; private set; } = "";

    /// <summary>Builds the index.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="tasks">Names of the tasks.</param>
    /// <param name="binding">Turns text into tokens.</param>
    /// <param name="rule">What happens to bad samples.</param>
    /// <param name="folder">Where verdicts are kept; processes may share it.</param>
    /// <param name="cancellationToken">Stops between samples.</param>
    /// <exception cref="InvalidDataException">There are bad samples, or more than the rule allows, or a task has no good one.</exception>
    public static SampleIndex Build(
        Dataset dataset, IEnumerable<string> tasks, SampleBinding binding, BadSampleRule rule, string folder, CancellationToken cancellationToken)
    {
        var index = new SampleIndex(dataset, binding, rule, folder);
        using (index._hash)
        {
            var selected = tasks.Distinct().Order(StringComparer.Ordinal).Select(task => (Task: dataset.Tasks[task], Samples: dataset.Select(task, "train"))).ToList();
            index._samples = selected.Sum(task => (long)task.Samples.Count);
            foreach (var (task, samples) in selected) index.Add(task, samples, cancellationToken);
            index.Sha256 = Convert.ToHexStringLower(index._hash.GetHashAndReset());
        }

        RemoveUnused(folder);
        return index;
    }

    /// <summary>The usable samples of a task.</summary>
    public TaskSamples Of(string task) => _tasks[task];

    private void Add(TaskDefinition task, IndexedSamples samples, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_folder, NameOf(task) + Suffix);
        var known = VerdictFile.TryRead(path);
        var verdicts = new SampleVerdict[samples.Count];
        var weights = new List<(int Place, double Weight)>();
        var reasons = new Dictionary<int, string>();
        for (var first = 0; first < samples.Count; first += AtOnce)
        {
            var findings = new Finding[Math.Min(AtOnce, samples.Count - first)];
            Parallel.For(
                0, findings.Length, new ParallelOptions { MaxDegreeOfParallelism = samples.Readers(Environment.ProcessorCount), CancellationToken = cancellationToken },
                at => findings[at] = Look(task, samples, first + at, known));
            for (var at = 0; at < findings.Length; at++)
            {
                var place = first + at;
                verdicts[place] = findings[at].Verdict;
                if (findings[at].Reason is { } reason) LeaveOut(samples, place, reason, findings[at], reasons);
                else if (weights.Count == 0 || weights[^1].Weight != findings[at].Weight) weights.Add((weights.Count == 0 ? 0 : place, findings[at].Weight));
            }
        }

        if (verdicts.All(verdict => !verdict.Good))
            throw new InvalidDataException(
                $"task '{task.Name}' has no usable sample of split 'train' ({samples.Count} were left out); add samples or leave the task out of the job.");
        if (known is not { } kept || !kept.Verdicts.AsSpan().SequenceEqual(verdicts)) VerdictFile.TryWrite(path, verdicts, reasons);
        Note(task, verdicts);
        _tasks.Add(task.Name, new TaskSamples(task, samples, verdicts, _judge, _binding, weights));
    }

    private Finding Look(TaskDefinition task, IndexedSamples samples, int place, (SampleVerdict[] Verdicts, Dictionary<int, string> Reasons)? known)
    {
        UInt128 key = 0;
        try
        {
            var (sample, facts) = samples.ReadWithFacts(place);
            key = _judge.KeyOf(facts, task);
            if (known is { } kept && place < kept.Verdicts.Length && kept.Verdicts[place].Key == key)
                return new Finding(kept.Verdicts[place], sample.Weight, kept.Reasons.GetValueOrDefault(place));
            var answerTokens = _judge.Judge(sample, facts, task.Kind == TaskKind.Generation);
            return new Finding(new SampleVerdict(key, answerTokens, checked((ushort)facts.ImageSha256.Count)), sample.Weight, null);
        }
        catch (Exception error) when (BadSampleException.Covers(error))
        {
            var bad = BadSampleException.From(error);
            return new Finding(new SampleVerdict(bad.Lasting ? key : 0, 0, 0), 1, bad.Message);
        }
    }

    private void LeaveOut(IndexedSamples samples, int place, string reason, Finding finding, Dictionary<int, string> reasons)
    {
        var bad = new BadSample(samples.NameOf(place), reason);
        if (_rule.Policy == BadSamplePolicy.Stop)
            throw new InvalidDataException(
                $"{bad.Name} cannot be used: {reason.TrimEnd('.')}. Repair it (`healthgpt data check DATASET --sample {bad.Name.Number}` says where it is), or set onBadSample to skip.");
        BadCount++;
        if (_bad.Count < MostListed) _bad.Add(bad);
        if (finding.Verdict.Key != 0) reasons.Add(place, reason);
        if (BadCount > _rule.MostOf(_samples)) throw new InvalidDataException(TooMany());
    }

    private string TooMany() => FormattableString.Invariant(
        $"at least {BadCount} of {_samples} samples cannot be used, more than maxBadSamples allows, which is {_rule.MostShare:0.####} of them; the first is ")
        + $"{_bad[0].ToString().TrimEnd('.')}. `healthgpt data check` lists all of them: repair them, or raise maxBadSamples.";

    private void Note(TaskDefinition task, SampleVerdict[] verdicts)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes($"{task.Name}\0"));
        foreach (var verdict in verdicts.Where(verdict => verdict.Good)) _hash.AppendData(MemoryMarshal.AsBytes([verdict.Key]));
    }

    // Another build of the decoders may accept other pictures.
    private string NameOf(TaskDefinition task)
    {
        var text = $"{_dataset.FilePath}\0{task.Name}\0{_binding.Identity}\0{typeof(RgbImage).Module.ModuleVersionId}\0{typeof(SampleIndex).Module.ModuleVersionId}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    private static void RemoveUnused(string folder)
    {
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + Suffix).Where(file => File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - Unused)) File.Delete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process may be doing the same.
        }
    }

    /// <param name="Verdict">What the sample is.</param>
    /// <param name="Weight">How much it weighs, if it is good.</param>
    /// <param name="Reason">What is wrong with it; null if nothing is.</param>
    private readonly record struct Finding(SampleVerdict Verdict, double Weight, string? Reason);
}
