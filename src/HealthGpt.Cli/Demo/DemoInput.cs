using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Demo;

/// <summary>All that the demo reads. It is read and checked before the demo touches its output folder, so that a mistake in it costs no earlier results.</summary>
internal sealed class DemoInput : IDisposable
{
    private DemoInput(DemoJob job, Dataset dataset, TokenizerCeiling ceiling)
    {
        Job = job;
        Dataset = dataset;
        Ceiling = ceiling;
    }

    public DemoJob Job { get; }

    public Dataset Dataset { get; }

    /// <summary>The image tokenizer of the model that is trained: loading it proves that the model folder is whole.</summary>
    public TokenizerCeiling Ceiling { get; }

    public static DemoInput Read(DemoOptions options, DemoFiles files)
    {
        var job = DemoJob.Read(options, files, DemoAssets.Starts);
        var dataset = Dataset.Load(job.Job.Data);
        job.Job.DemandTasks(dataset.Tasks);
        return new DemoInput(job, dataset, TokenizerCeiling.Load(job.Job.Model));
    }

    public void Dispose() => Ceiling.Dispose();
}
