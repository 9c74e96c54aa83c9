using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>A replica that works on its own thread: no member waits for it.</summary>
internal interface IReplica : IAsyncDisposable
{
    void Join(WorkerAssignment assignment);

    WorkerReport Report(string lease, long afterStep);
}
