using HealthGpt.Data.Samples;
using HealthGpt.Data.Samples.Indexing;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Training.Samples;

/// <summary>The usable training samples of a task. What planning a batch needs is held, some 40 bytes a sample; the sample itself is read when it is near.</summary>
internal sealed class TaskSamples
{
    private readonly TaskDefinition _task;
    private readonly IndexedSamples _samples;
    private readonly SampleJudge _judge;
    private readonly SampleBinding _binding;
    private readonly int[] _places;
    private readonly SampleVerdict[] _verdicts;

    /// <param name="task">The task.</param>
    /// <param name="samples">Its samples, bad ones included.</param>
    /// <param name="verdicts">What is known of each.</param>
    /// <param name="judge">What found it out.</param>
    /// <param name="binding">Turns text into tokens.</param>
    /// <param name="weights">Places at which another weight begins, in order.</param>
    public TaskSamples(
        TaskDefinition task, IndexedSamples samples, SampleVerdict[] verdicts, SampleJudge judge, SampleBinding binding, IReadOnlyList<(int Place, double Weight)> weights)
    {
        (_task, _samples, _judge, _binding) = (task, samples, judge, binding);
        _places = [.. Enumerable.Range(0, verdicts.Length).Where(place => verdicts[place].Good)];
        _verdicts = _places.Length == verdicts.Length ? verdicts : [.. _places.Select(place => verdicts[place])];
        Runs = [.. RunsOf(weights)];
    }

    public string Name => _task.Name;

    /// <summary>Whether the answers are pictures.</summary>
    public bool Generation => _task.Kind == TaskKind.Generation;

    /// <summary>How many there are.</summary>
    public int Count => _places.Length;

    /// <summary>The most bytes that a sample's ids and places in a batch take.</summary>
    public long MostRowBytes => 64L * _binding.MaxSequence;

    /// <summary>Samples one after another that weigh the same.</summary>
    public IReadOnlyList<(int First, int Count, double Weight)> Runs { get; }

    /// <summary>What is known of a sample.</summary>
    public SampleVerdict VerdictOf(int index) => _verdicts[index];

    /// <summary>What a sample is called where file names have no place.</summary>
    public SampleName NameOf(int index) => _samples.NameOf(_places[index]);

    /// <summary>Reads a sample and tokenises it. Safe to call from several threads.</summary>
    /// <exception cref="JobFailureException">It or a picture of it is no longer what was indexed.</exception>
    public PreparedSample Read(int index)
    {
        try
        {
            var (sample, facts) = _samples.ReadWithFacts(_places[index]);
            if (_judge.KeyOf(facts, _task) != _verdicts[index].Key) throw new BadSampleException("a picture of it changed since it was indexed");
            return SampleJudge.Bind(_binding, sample, facts, Generation);
        }
        catch (Exception error) when (BadSampleException.Covers(error))
        {
            throw Lost(index, error);
        }
    }

    /// <summary>The error of a sample that was good when the job began.</summary>
    public JobFailureException Lost(int index, Exception error) => new(
        $"{NameOf(index)} can no longer be used: {BadSampleException.From(error).Message.TrimEnd('.')}. The last checkpoint is kept: "
        + "put back what was there and submit the job again to go on from it, or train anew without the sample.");

    private IEnumerable<(int First, int Count, double Weight)> RunsOf(IReadOnlyList<(int Place, double Weight)> weights)
    {
        for (int run = 0, first = 0; run < weights.Count; run++)
        {
            var end = run + 1 < weights.Count ? Array.BinarySearch(_places, weights[run + 1].Place) : Count;
            if (end < 0) end = ~end;
            if (end > first) yield return (first, end - first, weights[run].Weight);
            first = end;
        }
    }
}
