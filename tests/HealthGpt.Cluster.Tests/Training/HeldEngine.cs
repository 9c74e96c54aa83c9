using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>Real replicas that stop when they have committed a step, so that a test acts in the middle of a job. Each goes on when it is released or ended.</summary>
internal sealed class HeldEngine(ITrainingEngine engine, HeldEngine.Hold hold) : ITrainingEngine
{
    public JobOutline Read(string job, JobSubmission submission) => engine.Read(job, submission);

    public IReplica StartReplica(WorkerStart start, string name, Action changed)
    {
        var held = new HeldReplica(hold);
        held.Holds(engine.StartReplica(start, name, () =>
        {
            changed();
            held.Wait();
        }));
        return held;
    }

    /// <summary>Where the replicas of all silos stop.</summary>
    internal sealed class Hold(long step)
    {
        // As long as a test may take; a job that goes on without it is not met in its middle.
        private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Step => step;

        public void Release() => _released.TrySetResult();

        public void Wait(CancellationToken ended) => _released.Task.Wait(Deadline, ended);
    }

    private sealed class HeldReplica(Hold hold) : IReplica
    {
        private readonly CancellationTokenSource _ended = new();
        private volatile IReplica? _replica;

        public void Holds(IReplica replica) => _replica = replica;

        /// <summary>On the replica's thread, which tells of every step.</summary>
        public void Wait()
        {
            if (_replica?.Report("", long.MaxValue).CommittedSteps != hold.Step) return;
            try
            {
                hold.Wait(_ended.Token);
            }
            catch (OperationCanceledException)
            {
                // It ends at this step.
            }
        }

        public void Join(WorkerAssignment assignment) => _replica!.Join(assignment);

        public WorkerReport Report(string lease, long afterStep) => _replica!.Report(lease, afterStep);

        public async ValueTask DisposeAsync()
        {
            var ending = _replica!.DisposeAsync();
            await _ended.CancelAsync();
            await ending;
        }
    }
}
