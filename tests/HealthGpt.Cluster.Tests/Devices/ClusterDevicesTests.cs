using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Devices;
using Orleans.Runtime;
using Xunit;

namespace HealthGpt.Cluster.Tests.Devices;

public sealed class ClusterDevicesTests
{
    private const string Joined = "10.0.0.1:11111@1";
    private const string Dead = "10.0.0.2:11111@1";
    private const string Unheard = "10.0.0.3:11111@1";

    private readonly StaleMembership _membership = new() { Table = { [Joined] = SiloStatus.Active, [Dead] = SiloStatus.Dead } };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Looks_into_the_membership_table_before_it_says_that_an_unknown_silo_is_gone()
    {
        var cluster = new ClusterDevices(_membership, _membership);

        Assert.False(await cluster.IsGoneAsync(Joined, Stop));
        Assert.True(await cluster.IsGoneAsync(Dead, Stop));
        Assert.Equal(1, _membership.Refreshes);
        Assert.True(await cluster.IsGoneAsync(Unheard, Stop));
        Assert.True(await cluster.IsGoneAsync(Unheard, Stop));
        Assert.Equal(2, _membership.Refreshes);
    }

    [Fact]
    public async Task Says_nothing_of_an_unknown_silo_while_the_table_cannot_be_read()
    {
        var cluster = new ClusterDevices(_membership, _membership);
        _membership.IsTableReachable = false;

        await Assert.ThrowsAsync<TimeoutException>(() => cluster.IsGoneAsync(Joined, Stop));
        _membership.IsTableReachable = true;

        Assert.False(await cluster.IsGoneAsync(Joined, Stop));
    }

    [Fact]
    public async Task A_pool_with_a_stale_view_keeps_the_leases_of_living_silos()
    {
        var leases = new[] { Joined, Dead, Unheard }.Select((silo, index) => new DeviceLease
        {
            Id = $"lease-{index}",
            SiloAddress = silo,
            SiloName = silo,
            Device = "cpu:0",
            Owner = "job/x",
        });
        var stored = new StoredPool { State = new PoolRecord { Given = 3, Leases = leases.ToArray() } };
        var pool = new DevicePoolGrain(stored, new ClusterDevices(_membership, _membership));

        var held = await pool.GetLeasesAsync("job/x", Stop);
        await pool.LeaseAsync("job/y", null, 1, cancellationToken: Stop);

        Assert.Equal([Joined], held.Select(lease => lease.SiloAddress));
        Assert.Equal([Joined], stored.State.Leases.Select(lease => lease.SiloAddress));
    }

    private sealed class StoredPool : IPersistentState<PoolRecord>
    {
        public PoolRecord State { get; set; } = new();

        public string Etag => "";

        public bool RecordExists => true;

        public Task ClearStateAsync() => throw new NotSupportedException();

        public Task ReadStateAsync() => Task.CompletedTask;

        public Task WriteStateAsync() => Task.CompletedTask;
    }
}
