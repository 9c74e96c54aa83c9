using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cluster.Training;

/// <summary>A <see cref="ReplicaHost"/> in the words of the cluster's messages.</summary>
internal sealed class HostedReplica(ReplicaHost host) : IReplica
{
    private const int MaxReason = 300;

    public void Join(WorkerAssignment assignment) => host.Join(new GroupAssignment
    {
        Generation = assignment.Generation,
        Rank = assignment.Rank,
        Members = assignment.Members,
        Secret = assignment.Secret,
    });

    public WorkerReport Report(string lease, long afterStep)
    {
        var progress = host.Progress(afterStep);
        return new WorkerReport
        {
            Lease = lease,
            Condition = Condition(progress.State),
            Generation = progress.Generation,
            CommittedSteps = progress.CommittedSteps,
            Error = progress.Error,
            EndPoint = progress.EndPoint,
            WeightsSha256 = progress.WeightsSha256,
            ModelFolder = progress.ModelFolder,
            Checkpoint = progress.Checkpoint?.Folder,
            CheckpointStep = progress.Checkpoint?.Step ?? 0,
            CheckpointProblem = progress.CheckpointProblem,
            StepsAtStart = progress.StepsAtStart,
            Starts = progress.Starts,
            FailsJob = progress.FailsJob,
            LeftOutSamples = LeftOut(progress),
            LeftOutPlugins = progress.LeftOutPlugins.ToArray(),
            Steps = progress.Steps.Take(JobStatus.MaxSteps).Select(step => step.ToReport()).ToArray(),
        };
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static LeftOutSamples? LeftOut(WorkerProgress progress) => progress.BadSampleCount == 0 ? null : new LeftOutSamples
    {
        Count = progress.BadSampleCount,
        First = progress.BadSamples.Take(LeftOutSamples.MaxShown).Select(sample => sample.Length > MaxReason ? sample[..MaxReason] + "..." : sample).ToArray(),
    };

    private static WorkerCondition Condition(WorkerState state) => state switch
    {
        WorkerState.Preparing => WorkerCondition.Preparing,
        WorkerState.Ready => WorkerCondition.Ready,
        WorkerState.Running => WorkerCondition.Running,
        WorkerState.Aborted => WorkerCondition.Aborted,
        WorkerState.Completed => WorkerCondition.Completed,
        _ => WorkerCondition.Failed,
    };
}
