using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.TestingHost;
using HealthGpt.Cluster.Tests.Training;
using HealthGpt.Cluster.Training;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Xunit;

namespace HealthGpt.Cluster.Tests.Devices;

public sealed class DevicePoolTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Ends_the_leases_of_a_killed_silo_and_gives_ids_once()
    {
        await using var cluster = await StartAsync();
        var pool = cluster.Client.GetGrain<IDevicePoolGrain>(IDevicePoolGrain.Key);
        await Eventually.BecomesAsync(() => pool.ListAsync(Stop), devices => devices.Count == 3, "the registration of three devices");
        var leases = await pool.LeaseAsync("job/a", "cpu", 5, cancellationToken: Stop);

        await cluster.KillSiloAsync(2);
        var left = await Eventually.BecomesAsync(() => LeasesAsync(pool), known => known.Count == 2, "the end of the killed silo's lease");
        await pool.ReleaseAsync(left.Select(lease => lease.Id).ToArray(), Stop);
        var again = await pool.LeaseAsync("job/b", "cpu", 5, cancellationToken: Stop);

        Assert.Equal(3, leases.Select(lease => lease.SiloAddress).Distinct().Count());
        Assert.Equal(leases.Where(lease => lease.SiloAddress != cluster.AddressOf(2)).Select(lease => lease.Id).Order(), left.Select(lease => lease.Id).Order());
        Assert.Equal(2, again.Count);
        Assert.Empty(again.Select(lease => lease.Id).Intersect(leases.Select(lease => lease.Id)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Places_a_worker_on_its_leases_silo_and_says_so_when_that_is_gone()
    {
        await using var cluster = await StartAsync();
        var pool = cluster.Client.GetGrain<IDevicePoolGrain>(IDevicePoolGrain.Key);
        await Eventually.BecomesAsync(() => pool.ListAsync(Stop), devices => devices.Count == 3, "the registration of three devices");
        var leases = await pool.LeaseAsync("job/a", "cpu", 3, cancellationToken: Stop);
        var management = cluster.Client.GetGrain<IManagementGrain>(0);

        foreach (var lease in leases)
        {
            var worker = cluster.Client.GetGrain<ITrainingWorkerGrain>(LeaseKey.For("a", lease));
            Assert.Null(await worker.GetReportAsync(0, Stop));
            Assert.Equal(lease.SiloAddress, (await management.GetActivationAddress(worker, Stop))!.ToParsableString());
        }

        await cluster.KillSiloAsync(2);
        await Eventually.BecomesAsync(() => LeasesAsync(pool), known => known.Count == 2, "the end of the killed silo's lease");
        var orphan = leases.Single(lease => lease.SiloAddress == cluster.AddressOf(2));
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => cluster.Client.GetGrain<ITrainingWorkerGrain>(LeaseKey.For("b", orphan)).GetReportAsync(0, Stop));
        Assert.Contains("is not in the cluster", refusal.ToString(), StringComparison.Ordinal);
    }

    private static Task<InMemoryHealthGptCluster> StartAsync() =>
        InMemoryHealthGptCluster.StartAsync(
            3,
            Path.GetTempPath(),
            silo => silo.Services.AddSingleton<ITrainingEngine>(new ScriptedEngine()),
            cancellationToken: Stop);

    private static async Task<IReadOnlyList<DeviceLease>> LeasesAsync(IDevicePoolGrain pool)
    {
        try
        {
            return await pool.GetLeasesAsync("job/a", Stop);
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            // The pool lived on the killed silo.
            return [];
        }
    }
}
