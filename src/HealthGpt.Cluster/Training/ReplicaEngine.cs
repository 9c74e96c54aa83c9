using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Devices;
using HealthGpt.Model.Folders;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Training;

/// <summary>Reads job files with <see cref="TrainingJob"/> and trains with <see cref="ReplicaHost"/>.</summary>
internal sealed class ReplicaEngine(SiloDevices silo, ILogger<ReplicaEngine> logger) : ITrainingEngine
{
    public JobOutline Read(string job, JobSubmission submission)
    {
        try
        {
            var file = TrainingJob.Parse(submission.Yaml, submission.BaseFolder);
            RefuseMissing(job, file);
            return new JobOutline
            {
                Name = file.Name,
                MinWorkers = file.Workers.Min,
                MaxWorkers = file.Workers.Max,
                DeviceKind = file.Device.Kind,
                TotalSteps = file.TotalSteps,
                FirstStage = file.PositionAt(0)?.Phase.Stage,
                FirstPhase = file.PositionAt(0)?.Phase.Name,
            };
        }
        catch (JobFileException error)
        {
            throw new InvalidJobException(job, error.Problems.ToArray());
        }
    }

    /// <summary>Said when the job is submitted: a worker would find out only after it had been placed, and nobody might be looking by then.</summary>
    private void RefuseMissing(string job, TrainingJob file)
    {
        var problems = new List<string>();
        if (!File.Exists(Path.Combine(file.Model, ModelManifest.FileName)))
            problems.Add($"model: '{file.Model}' has no {ModelManifest.FileName} on {silo.SiloName}; name a model folder that every silo can read.");
        if (!File.Exists(file.Data))
            problems.Add($"data: '{file.Data}' is not there on {silo.SiloName}; name a dataset file that every silo can read.");
        if (file.FindStartProblem() is { } problem)
            problems.Add($"start: '{file.Start}' on {silo.SiloName} {problem}.");
        problems.AddRange(file.FindTaskProblems());
        if (problems.Count > 0) throw new InvalidJobException(job, problems.ToArray());
    }

    public IReplica StartReplica(WorkerStart start, string name, Action changed)
    {
        var job = TrainingJob.Parse(start.Yaml, start.BaseFolder);
        var options = new ReplicaOptions
        {
            CacheFolder = silo.CacheFolder,
            ListenAddress = silo.ListenAddress,
            AdvertisedHost = silo.AdvertisedHost,
            DeviceIndex = SiloDevices.IndexOf(start.Device),
            Name = name,
        };
        return new HostedReplica(new ReplicaHost(job, options, _ => changed(), logger));
    }
}
