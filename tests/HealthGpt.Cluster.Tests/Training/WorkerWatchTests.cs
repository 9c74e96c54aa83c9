using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Devices;
using HealthGpt.Cluster.Tests.Devices;
using HealthGpt.Cluster.Training;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Xunit;

namespace HealthGpt.Cluster.Tests.Training;

public sealed class WorkerWatchTests
{
    private const string Silo = "10.0.0.1:11111@1";

    private static readonly DeviceLease Lease = new() { Id = "lease-1", SiloAddress = Silo, SiloName = "a", Device = "cpu:0", Owner = "job/x" };

    private readonly StaleMembership _membership = new() { Table = { [Silo] = SiloStatus.Active } };
    private readonly WorkerWatch _watch = new(
        Lease, new WorkerStart { Job = "x", Yaml = "", BaseFolder = "/", Device = "cpu:0" }, new ReadyWorker(), new TrainerOptions(), TimeProvider.System, NullLogger.Instance);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finds_the_worker_of_a_silo_that_joined_before_gossip_told_of_it()
    {
        var cluster = new ClusterDevices(_membership, _membership);

        await _watch.PollAsync(0, cluster, Stop);

        Assert.True(_watch.View.CanJoin);
    }

    [Fact]
    public async Task Takes_an_unreadable_membership_for_a_missed_poll_and_a_forgotten_silo_for_gone()
    {
        var cluster = new ClusterDevices(_membership, _membership);
        _membership.IsTableReachable = false;
        await _watch.PollAsync(0, cluster, Stop);
        Assert.Equal((false, 1), (_watch.View.SiloGone, _watch.View.Missed));

        _membership.IsTableReachable = true;
        await _watch.PollAsync(0, cluster, Stop);
        Assert.True(_watch.View.CanJoin);

        _membership.Table.Clear();
        await _membership.Refresh(cancellationToken: Stop);
        await _watch.PollAsync(0, cluster, Stop);
        Assert.True(_watch.View is { SiloGone: true, Answers: false });
    }

    private sealed class ReadyWorker : ITrainingWorkerGrain
    {
        public Task<WorkerReport> StartAsync(WorkerStart start, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task JoinAsync(WorkerAssignment assignment, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<WorkerReport?> GetReportAsync(long afterStep, CancellationToken cancellationToken = default) =>
            Task.FromResult<WorkerReport?>(new WorkerReport { Lease = Lease.Id, Condition = WorkerCondition.Ready, EndPoint = "10.0.0.1:9" });

        public Task ReleaseAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
