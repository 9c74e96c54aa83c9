using HealthGpt.Data.Samples;
using HealthGpt.Model.Folders;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>The job of a run: what the file says, with what the command line says in its place.</summary>
internal sealed record LocalJob
{
    public required TrainingJob Job { get; init; }

    /// <summary>Where event log, plot and the workers' logs are written.</summary>
    public required string Folder { get; init; }

    public int Workers => Job.Workers.Min;

    /// <exception cref="JobFileException">The file is missing or wrong.</exception>
    /// <exception cref="CommandException">The command line contradicts it.</exception>
    public static LocalJob Read(LocalTrainingOptions options, bool demandParts, CancellationToken cancellationToken = default)
    {
        if (demandParts && options.Device is { } device) DemandDevice(device);
        var job = TrainingJob.Load(options.JobFile, demandParts, options.Device, cancellationToken);
        if (options.Workers is { } workers)
        {
            DemandShards(workers, job.Shards);
            job = job with { Workers = new WorkerCount(workers, workers) };
        }

        return new LocalJob { Job = job, Folder = options.Out ?? FolderOf(job, options.JobFile) };
    }

    /// <summary>Reads what the job is trained with, so that what is wrong with it is told at once and by file and line.</summary>
    public void CheckParts(CancellationToken cancellationToken)
    {
        ModelManifest.Load(Job.Model);
        var badLines = Job.OnBadSample == BadSamplePolicy.Skip ? BadLines.Kept : BadLines.Refused;
        Job.DemandTasks(Dataset.Load(Job.Data, SampleCache.Default, badLines, cancellationToken).Tasks);
    }

    private static void DemandDevice(string device)
    {
        if (ReplicaDevice.ProblemOf(device) is { } problem) throw new CommandException(ExitCodes.WrongArguments, $"--device is '{device}'", $"that {problem}", $"{ReplicaDevice.Remedy}, or give --device cpu");
    }

    private static void DemandShards(int workers, int shards)
    {
        if (workers > shards)
        {
            throw new CommandException(
                ExitCodes.WrongArguments, $"--workers is '{workers}'", $"the job has {shards} shards, and a worker without one has nothing to do", $"give at most {shards}, or raise 'shards' in the job file");
        }
    }

    private static string FolderOf(TrainingJob job, string jobFile) =>
        job.Checkpoints.To is FolderAddress folder ? folder.FolderPath : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(jobFile))!, "runs", job.Name);
}
