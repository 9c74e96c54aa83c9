using HealthGpt.Data.Samples;
using HealthGpt.Model;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Demo;

/// <summary>All that the demo reads. It is read and checked before the demo touches its output folder, so that a mistake in it costs no earlier results.</summary>
internal sealed class DemoInput : IDisposable
{
    private DemoInput(DemoJob job, Dataset dataset, HealthGptModel model)
    {
        Job = job;
        Dataset = dataset;
        Model = model;
    }

    public DemoJob Job { get; }

    public Dataset Dataset { get; }

    /// <summary>The model that is trained: loading it proves that its folder is whole.</summary>
    public HealthGptModel Model { get; }

    public static DemoInput Read(DemoOptions options, DemoFiles files, CancellationToken cancellationToken)
    {
        var job = DemoJob.Read(options, files, DemoAssets.Starts);
        var dataset = Dataset.Load(job.Job.Data, SampleCache.Default, cancellationToken);
        job.Job.DemandTasks(dataset.Tasks);
        return new DemoInput(job, dataset, HealthGptModel.Load(job.Job.Model, ScalarType.Float32, cancellationToken: cancellationToken));
    }

    public void Dispose() => Model.Dispose();
}
