using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Samples;

/// <summary>The endless list of samples of one phase: a pure function of job, data and place.</summary>
internal sealed class PhaseSamples
{
    private readonly TrainingJob _job;
    private readonly JobPhase _phase;
    private readonly KindMixture? _comprehension;
    private readonly KindMixture? _generation;

    public PhaseSamples(TrainingJob job, JobPhase phase, PhaseTasks tasks, SampleIndex index)
    {
        (_job, _phase) = (job, phase);
        _comprehension = Mixture("comprehension", tasks.Comprehension, index);
        _generation = Mixture("generation", tasks.Generation, index);
    }

    /// <summary>The samples of one step, in shard order.</summary>
    /// <param name="step">Step within the phase, from 0.</param>
    public SampleReference[] OfStep(int step)
    {
        var samples = new SampleReference[_phase.Batch];
        for (var row = 0; row < samples.Length; row++) samples[row] = At(((long)step * _phase.Batch) + row);
        return samples;
    }

    /// <summary>The micro-batches of one shard of a step, in the order in which they are computed. All samples of one are of one kind.</summary>
    /// <param name="step">Samples of the step.</param>
    /// <param name="shard">The shard.</param>
    public IReadOnlyList<SampleReference[]> MicroBatchesOf(SampleReference[] step, int shard)
    {
        var rows = step[RowsOf(shard, _job.Shards, step.Length)];
        return [.. rows.Where(sample => !sample.Generation).Chunk(_job.MicroBatch), .. rows.Where(sample => sample.Generation).Chunk(_job.MicroBatch)];
    }

    /// <summary>The rows of a step that make up one shard.</summary>
    public static Range RowsOf(int shard, int shards, int batch) =>
        new((int)((long)shard * batch / shards), (int)((shard + 1L) * batch / shards));

    private KindMixture? Mixture(string kind, IReadOnlyList<string> tasks, SampleIndex index) =>
        tasks.Count == 0 ? null : new KindMixture(_job.Seed, _phase.Id, kind, [.. tasks.Select(index.Of)]);

    private SampleReference At(long place)
    {
        if (_phase.Ratio is not { } ratio) return (_generation ?? _comprehension)!.At(place);
        var (generation, before) = ratio.At(place);
        return (generation ? _generation : _comprehension)!.At(before);
    }
}
