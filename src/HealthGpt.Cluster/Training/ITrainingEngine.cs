using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>The border between grains and replicas: on this side nothing knows of tensors, so that it can be tested without them.</summary>
internal interface ITrainingEngine
{
    /// <exception cref="InvalidJobException">The file is wrong.</exception>
    JobOutline Read(string job, JobSubmission submission);

    /// <summary>Starts to prepare a replica and returns at once.</summary>
    /// <param name="start">The job.</param>
    /// <param name="name">The replica's name in logs and errors.</param>
    /// <param name="changed">Called on any thread when the replica's condition may have changed.</param>
    IReplica StartReplica(WorkerStart start, string name, Action changed);
}
