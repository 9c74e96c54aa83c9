using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Hosting;
using HealthGpt.Cluster.TestingHost;
using HealthGpt.Cluster.Training;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Xunit;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>The one job of the trainers' tests, and the way to it in a cluster whose replicas are scripted.</summary>
internal static class TrainerCluster
{
    public const string Job = "brain-t1";

    public static readonly JobSubmission Submission = new() { Yaml = "name: brain-t1", BaseFolder = "/jobs" };

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static void AssertWholeAndUnharmed(ScriptedEngine engine, JobStatus ended)
    {
        Assert.True(ended.State == JobState.Completed, ended.Error);
        Assert.Equal(ScriptedGroup.WeightsAfter(engine.Steps), ended.WeightsSha256);
        Assert.Equal(Enumerable.Range(1, engine.Steps).Select(step => (long)step), ended.Steps.Select(step => step.Step));
        Assert.Equal(Enumerable.Range(1, ended.Events.Count).Select(sequence => (long)sequence), ended.Events.Select(told => told.Sequence));
    }

    /// <summary>Starts one whose pool knows every silo's device: a job takes those that are there.</summary>
    public static async Task<InMemoryHealthGptCluster> StartAsync(int silos, ScriptedEngine engine, Action<TrainerOptions>? configure = null)
    {
        var cluster = await InMemoryHealthGptCluster.StartAsync(
            silos,
            Path.GetTempPath(),
            silo =>
            {
                silo.Services.AddSingleton<ITrainingEngine>(engine);
                if (configure is not null) silo.Services.Configure(configure);
            },
            cancellationToken: Stop);
        await Eventually.BecomesAsync(() => Pool(cluster).ListAsync(Stop), devices => devices.Count == silos, "the registration of every silo's device");
        return cluster;
    }

    public static ITrainerGrain Trainer(InMemoryHealthGptCluster cluster) => cluster.Client.GetGrain<ITrainerGrain>(Job);

    public static IDevicePoolGrain Pool(InMemoryHealthGptCluster cluster) => cluster.Client.GetGrain<IDevicePoolGrain>(IDevicePoolGrain.Key);

    public static IGrainStorage StorageOf(InMemoryHealthGptCluster cluster) => cluster.ServicesOf(0).GetRequiredKeyedService<IGrainStorage>(HealthGptStorage.Name);

    public static Task<JobStatus> EndAsync(InMemoryHealthGptCluster cluster) => StatusAsync(cluster, status => status.HasEnded);

    public static Task<JobStatus> StatusAsync(InMemoryHealthGptCluster cluster, Func<JobStatus, bool> condition) =>
        Eventually.BecomesAsync(() => ReadAsync(cluster), condition, "the awaited state of the job");

    private static async Task<JobStatus> ReadAsync(InMemoryHealthGptCluster cluster)
    {
        try
        {
            return await Trainer(cluster).GetStatusAsync(cancellationToken: Stop);
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            // The silo that was asked has just been killed.
            return new JobStatus { Name = Job, TrainerSilo = "" };
        }
    }
}
