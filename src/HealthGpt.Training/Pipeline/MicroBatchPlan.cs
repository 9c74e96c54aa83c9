using HealthGpt.Training.Samples;

namespace HealthGpt.Training.Pipeline;

/// <summary>A micro-batch that is not read yet.</summary>
/// <param name="Step">Step within the phase, from 0.</param>
/// <param name="Shard">Logical shard of the step.</param>
/// <param name="Samples">Its samples, all of one kind.</param>
internal sealed record MicroBatchPlan(int Step, int Shard, SampleReference[] Samples)
{
    /// <summary>The micro-batches of some shards, step after step, in the order in which they are computed.</summary>
    /// <param name="samples">The phase's samples.</param>
    /// <param name="steps">First step and the one after the last.</param>
    /// <param name="shards">First shard and the one after the last.</param>
    public static IEnumerable<MicroBatchPlan> All(PhaseSamples samples, (int First, int End) steps, (int First, int End) shards)
    {
        for (var step = steps.First; step < steps.End; step++)
        {
            var batch = samples.OfStep(step);
            for (var shard = shards.First; shard < shards.End; shard++)
                foreach (var rows in samples.MicroBatchesOf(batch, shard)) yield return new MicroBatchPlan(step, shard, rows);
        }
    }
}
