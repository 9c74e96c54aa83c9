using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>
/// The stored side of a job. Each write is conditional on the last one read: of two trainers that Orleans may for a while have, the one whose write comes second
/// gets an <see cref="Orleans.Storage.InconsistentStateException"/> and must end. Only what is stored is ever shown.
/// </summary>
internal sealed class JobStore(IPersistentState<JobRecord> job, IPersistentState<StepHistory> history)
{
    public JobRecord Record { get; private set; } = job.State;

    public IReadOnlyList<StepReport> History => history.State.Steps;

    public async Task SaveAsync(JobRecord record, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(record, Record)) return;

        job.State = record;
        try
        {
            await job.WriteStateAsync(cancellationToken);
            Record = record;
        }
        catch
        {
            job.State = Record;
            throw;
        }
    }

    /// <summary>Stores the steps, before the record that says that the job has ended: from then on no replica has them.</summary>
    public async Task SaveHistoryAsync(IReadOnlyList<StepReport> steps, CancellationToken cancellationToken)
    {
        history.State = new StepHistory { Steps = steps.ToArray() };
        await history.WriteStateAsync(cancellationToken);
    }
}
