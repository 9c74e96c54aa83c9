using HealthGpt.Cluster.Abstractions.Devices;

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>A replica on one leased device. The key is made by <see cref="LeaseKey"/>; it lives on the silo that the lease names.</summary>
public interface ITrainingWorkerGrain : IGrainWithStringKey
{
    /// <summary>Starts to load model and samples and returns at once. Once started, it only reports.</summary>
    Task<WorkerReport> StartAsync(WorkerStart start, CancellationToken cancellationToken = default);

    /// <summary>Leaves the present group and joins another; returns at once.</summary>
    Task JoinAsync(WorkerAssignment assignment, CancellationToken cancellationToken = default);

    /// <summary>How far the worker is, with the steps after <paramref name="afterStep"/>; null if it was never started here.</summary>
    Task<WorkerReport?> GetReportAsync(long afterStep, CancellationToken cancellationToken = default);

    /// <summary>Leaves its group and frees the device.</summary>
    Task ReleaseAsync(CancellationToken cancellationToken = default);
}
