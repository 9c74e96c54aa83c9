using HealthGpt.Model.Folders;

namespace HealthGpt.Training.Jobs;

/// <summary>What a job file names and what has to be there before the job can run.</summary>
internal static class JobParts
{
    public static void Demand(YamlSection root, TrainingJob job)
    {
        if (IsPath(job.Model) && !File.Exists(Path.Combine(job.Model, ModelManifest.FileName)))
            root.Problem("model", job.Model, $"has no {ModelManifest.FileName}; name a model folder");
        if (IsPath(job.Data) && !File.Exists(job.Data))
            root.Problem("data", job.Data, "is not there; name a dataset file");
        if (job.FindStartProblem() is { } problem)
            root.Problem("start", $"{job.Start}", problem);
    }

    // What is no path has been refused already.
    private static bool IsPath(string text) => text.Length > 0 && !text.Contains("://", StringComparison.Ordinal);
}
