using Orleans.Concurrency;

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>Owns a job. The key is the job's name.</summary>
public interface ITrainerGrain : IGrainWithStringKey
{
    /// <summary>
    /// Accepts the job and returns at once. The same submission again is the same job, whatever its state; another file under a name in use is refused.
    /// </summary>
    /// <exception cref="InvalidJobException">The job file is wrong; nothing was stored.</exception>
    /// <exception cref="JobConflictException">Another job has this name.</exception>
    Task<JobStatus> SubmitAsync(JobSubmission submission, CancellationToken cancellationToken = default);

    /// <summary>
    /// The job's status with the events and steps that are new to the caller. A caller who passes back the last numbers it saw misses none and sees
    /// none twice, also when the trainer moves. Steps that are done again (<see cref="JobEventTypes.Resumed"/>) replace those before: to see them, a caller asks from
    /// that event's step on.
    /// </summary>
    /// <param name="afterEvent">The last event the caller has seen, 0 for all.</param>
    /// <param name="afterStep">The last step the caller has seen, 0 for all.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    /// <exception cref="JobNotFoundException">No job has this name.</exception>
    [AlwaysInterleave]
    Task<JobStatus> GetStatusAsync(long afterEvent = 0, long afterStep = 0, CancellationToken cancellationToken = default);

    /// <summary>Ends the job and frees its devices. Nothing happens if it has ended.</summary>
    /// <exception cref="JobNotFoundException">No job has this name.</exception>
    Task CancelAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// For workers: something changed, or the trainer has not asked for a while. Wakes the trainer on another silo if its own has died.
    /// </summary>
    /// <returns>Whether the worker is still the job's; one that is not frees its device.</returns>
    [AlwaysInterleave]
    Task<bool> ReportAsync(WorkerReport report);
}
