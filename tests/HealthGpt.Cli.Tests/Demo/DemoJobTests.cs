using HealthGpt.Cli.Demo;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Tests.Demo;

public sealed class DemoJobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DemoJobTests()
    {
        foreach (var file in new[] { "models/healthgpt-nano/healthgpt.json", "samples/colin27/dataset.yaml" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
            _folder.Write(file, "");
        }
    }

    private DemoFiles Files => new(_folder["out"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OwnJob_GetsWhatTheMachineAndTheRunDecide()
    {
        var job = Read(new DemoOptions { Out = Files.Root, Seed = 1, Workers = 3 }).Job;

        Assert.Equal("demo", job.Name);
        Assert.Equal((_folder["models/healthgpt-nano"], _folder["samples/colin27/dataset.yaml"]), (job.Model, job.Data));
        Assert.Equal(new WorkerCount(1, 3), job.Workers);
        Assert.Equal(CpuFeatures.HasFastBFloat16() ? ComputePrecision.BFloat16 : ComputePrecision.Full, job.Precision);
        Assert.Equal(Files.Checkpoints, job.Checkpoints.To.ToString());
    }

    [Fact]
    public void UsersJob_KeepsWhatItStates()
    {
        var file = _folder.Write("job.yaml", """
            name: mine
            model: my-nano
            data: my/dataset.yaml
            precision: float32
            workers: { min: 2, max: 3 }
            checkpoints: { to: kept, everySteps: 7 }
            stages: [{ stage: instruction, tasks: { vqa: { steps: 2, batch: 4 } } }]
            """);

        var job = Read(new DemoOptions { Out = Files.Root, Seed = 1, JobFile = file }).Job;

        Assert.Equal(("mine", _folder["my-nano"], _folder["my/dataset.yaml"]), (job.Name, job.Model, job.Data));
        Assert.Equal((ComputePrecision.Full, new WorkerCount(2, 3)), (job.Precision, job.Workers));
        Assert.Equal((_folder["kept"], 7), (job.Checkpoints.To.ToString(), job.Checkpoints.EverySteps));
    }

    [Fact]
    public void TextThatNoReaderCanHold_IsRefused()
    {
        var deep = _folder.Write("deep.yaml", $"name: {new string('[', 100_000)}");
        var error = Assert.Throws<JobFileException>(() => Read(new DemoOptions { Out = Files.Root, Seed = 1, JobFile = deep }));

        Assert.Contains("nodes lie more than 64 deep in each other", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WorkersOfTheCommandLine_GoBeforeTheJobs()
    {
        var file = _folder.Write("job.yaml", "workers: { min: 1, max: 2 }\nstages: [{ stage: instruction, tasks: { vqa: { steps: 2, batch: 4 } } }]\n");

        Assert.Equal(new WorkerCount(1, 1), Read(new DemoOptions { Out = Files.Root, Seed = 1, JobFile = file, Workers = 1 }).Job.Workers);
    }

    private DemoJob Read(DemoOptions options) => DemoJob.Read(options, Files, [_folder.Path]);
}
