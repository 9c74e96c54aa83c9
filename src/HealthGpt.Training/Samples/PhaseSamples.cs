using HealthGpt.Data.Samples;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Samples;

/// <summary>The endless list of samples of one phase: a pure function of job, data and place.</summary>
internal sealed class PhaseSamples
{
    private readonly JobPhase _phase;
    private readonly PreparedSample[] _comprehension;
    private readonly PreparedSample[] _generation;
    private readonly SampleOrder _comprehensionOrder;
    private readonly SampleOrder _generationOrder;

    public PhaseSamples(TrainingJob job, JobPhase phase, PhaseTasks tasks, SampleIndex index)
    {
        _phase = phase;
        _comprehension = Weighted(tasks.Comprehension.SelectMany(index.Of));
        _generation = Weighted(tasks.Generation.SelectMany(index.Of));
        _comprehensionOrder = new SampleOrder(job.Seed, phase.Id + "/comprehension", Math.Max(1, _comprehension.Length));
        _generationOrder = new SampleOrder(job.Seed, phase.Id + "/generation", Math.Max(1, _generation.Length));
    }

    /// <summary>The samples of one step, in shard order.</summary>
    /// <param name="step">Step within the phase, from 0.</param>
    public PreparedSample[] OfStep(int step)
    {
        var samples = new PreparedSample[_phase.Batch];
        for (var row = 0; row < samples.Length; row++) samples[row] = At(((long)step * _phase.Batch) + row);
        return samples;
    }

    /// <summary>The rows of a step that make up one shard.</summary>
    public static Range RowsOf(int shard, int shards, int batch) =>
        new((int)((long)shard * batch / shards), (int)((shard + 1L) * batch / shards));

    // A sample of twice the weight is twice in an epoch.
    private static PreparedSample[] Weighted(IEnumerable<PreparedSample> samples)
    {
        var list = samples.ToList();
        var least = list.Count == 0 ? 1 : list.Min(sample => sample.Weight);
        return [.. list.SelectMany(sample => Enumerable.Repeat(sample, Math.Max(1, (int)Math.Round(sample.Weight / least))))];
    }

    private PreparedSample At(long place)
    {
        if (_phase.Ratio is { } ratio)
        {
            var (generation, before) = ratio.At(place);
            return generation ? _generation[_generationOrder.IndexAt(before)] : _comprehension[_comprehensionOrder.IndexAt(before)];
        }

        return _generation.Length > 0 ? _generation[_generationOrder.IndexAt(place)] : _comprehension[_comprehensionOrder.IndexAt(place)];
    }
}
