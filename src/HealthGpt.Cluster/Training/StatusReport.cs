using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>What a client is told of a job.</summary>
internal static class StatusReport
{
    public static JobStatus Of(JobRecord record, IReadOnlyList<StepReport> steps, string trainerSilo, long afterEvent, long afterStep)
    {
        var outline = record.Outline!;
        var last = steps.Count > 0 ? steps[^1] : null;
        return new JobStatus
        {
            Name = outline.Name,
            State = record.State,
            Generation = record.Generation,
            CommittedSteps = Math.Max(record.CommittedSteps, steps.Count),
            TotalSteps = outline.TotalSteps,
            Stage = last?.Stage ?? record.Stage ?? outline.FirstStage,
            Phase = last?.Phase ?? record.Phase ?? outline.FirstPhase,
            TrainerSilo = trainerSilo,
            Workers = Placements(record),
            Events = record.Events.Where(told => told.Sequence > afterEvent).ToArray(),
            Steps = steps.Skip((int)Math.Clamp(afterStep, 0, int.MaxValue)).Take(JobStatus.MaxSteps).ToArray(),
            Error = record.Error,
            WeightsSha256 = record.WeightsSha256,
            ModelFolder = record.ModelFolder,
            LeftOutSamples = record.LeftOutSamples,
            CheckpointProblem = record.CheckpointProblem,
        };
    }

    private static WorkerPlacement[] Placements(JobRecord record) =>
        record.Group
            .Select((id, rank) => (Rank: rank, Lease: record.Leases.FirstOrDefault(lease => lease.Id == id)))
            .Where(placed => placed.Lease is not null)
            .Select(placed => new WorkerPlacement { Rank = placed.Rank, Silo = placed.Lease!.SiloName, Device = placed.Lease.Device, Lease = placed.Lease.Id })
            .ToArray();
}
