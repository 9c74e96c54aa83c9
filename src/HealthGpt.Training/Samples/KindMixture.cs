using HealthGpt.Data.Samples;

namespace HealthGpt.Training.Samples;

/// <summary>
/// The endless list of a phase's samples of one kind. Samples that weigh the same are one part of a <see cref="SampleMixture"/>, whose share is their number
/// times their weight: a sample of twice the weight is drawn twice as often, and none is drawn again before all of its part were.
/// </summary>
internal sealed class KindMixture
{
    private readonly Run[][] _parts;
    private readonly SampleMixture _mixture;

    /// <param name="seed">The job's seed.</param>
    /// <param name="phase">The phase's id.</param>
    /// <param name="kind">The kind's name.</param>
    /// <param name="tasks">Its tasks; at least one.</param>
    public KindMixture(ulong seed, string phase, string kind, IReadOnlyList<TaskSamples> tasks)
    {
        var byWeight = tasks.SelectMany(task => task.Runs.Select(run => (Task: task, Run: run))).GroupBy(run => run.Run.Weight).ToList();
        _parts = [.. byWeight.Select(part => InOrder(part.Select(run => (run.Task, run.Run.First, run.Run.Count))))];
        var mixed = byWeight.Select((part, at) => new MixturePart(NameOf(kind, part.Key, byWeight.Count), _parts[at][^1].End, part.Key * _parts[at][^1].End));
        _mixture = new SampleMixture(seed, phase, [.. mixed]);
    }

    /// <summary>The sample at a place.</summary>
    public SampleReference At(long place)
    {
        var draw = _mixture.At(place);
        var run = Array.Find(_parts[draw.Part], run => draw.Index < run.End);
        return new SampleReference(run.Task, run.First + draw.Index - run.Start);
    }

    private static Run[] InOrder(IEnumerable<(TaskSamples Task, int First, int Count)> runs)
    {
        var (start, list) = (0, new List<Run>());
        foreach (var (task, first, count) in runs)
        {
            list.Add(new Run(task, first, start, checked(start + count)));
            start += count;
        }

        return [.. list];
    }

    // Where nothing is weighted the order is that of the kind alone.
    private static string NameOf(string kind, double weight, int parts) => parts == 1 ? kind : FormattableString.Invariant($"{kind}, weight {weight:R}");

    /// <param name="Task">Where the samples are.</param>
    /// <param name="First">The first of them there.</param>
    /// <param name="Start">Samples of the part before.</param>
    /// <param name="End">Samples of the part up to the last.</param>
    private readonly record struct Run(TaskSamples Task, int First, int Start, int End);
}
