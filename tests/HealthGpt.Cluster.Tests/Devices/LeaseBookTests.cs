using HealthGpt.Cluster.Devices;
using Xunit;

namespace HealthGpt.Cluster.Tests.Devices;

public sealed class LeaseBookTests
{
    private static readonly PooledDevice[] Devices =
    [
        new("a", "10.0.0.1:1@1", "cuda:0", true),
        new("a", "10.0.0.1:1@1", "cuda:1", true),
        new("b", "10.0.0.2:1@1", "cuda:0", true),
        new("c", "10.0.0.3:1@1", "cpu:0", true),
        new("d", "10.0.0.4:1@1", "cuda:0", false),
    ];

    [Fact]
    public void Spreads_an_owners_leases_over_silos_before_it_doubles_up()
    {
        var record = LeaseBook.Lease(new PoolRecord(), Devices, "job/x", "cuda", 3);

        Assert.Equal(["a", "b", "a"], record.Leases.Select(lease => lease.SiloName));
    }

    [Fact]
    public void Leases_fewer_than_asked_and_never_from_a_silo_that_is_leaving()
    {
        var record = LeaseBook.Lease(new PoolRecord(), Devices, "job/x", null, 9);

        Assert.Equal(4, record.Leases.Count);
        Assert.DoesNotContain(record.Leases, lease => lease.SiloName == "d");
    }

    [Fact]
    public void Leaves_out_devices_that_the_owner_does_not_want_again_until_their_silo_is_restarted()
    {
        var before = LeaseBook.Lease(new PoolRecord(), Devices, "job/x", "cpu", 1);
        var unwanted = before.Leases.ToArray();
        var free = LeaseBook.Release(before, [unwanted[0].Id]);

        Assert.Empty(LeaseBook.Lease(free, Devices, "job/x", "cpu", 1, unwanted).Leases);
        Assert.Single(LeaseBook.Lease(free, [Devices[3] with { SiloAddress = "10.0.0.3:1@2" }], "job/x", "cpu", 1, unwanted).Leases);
        Assert.Single(LeaseBook.Lease(free, Devices, "job/y", "cpu", 1).Leases);
    }

    [Fact]
    public void Forgets_the_leases_of_a_silo_that_was_restarted_and_never_gives_their_ids_again()
    {
        var before = LeaseBook.Lease(new PoolRecord(), Devices, "job/x", "cpu", 1);
        var restarted = Devices[3] with { SiloAddress = "10.0.0.3:1@2" };

        var dropped = LeaseBook.DropEnded(before, new HashSet<string> { Devices[3].SiloAddress });
        var after = LeaseBook.Lease(dropped, [restarted], "job/x", "cpu", 1);

        Assert.Empty(dropped.Leases);
        var lease = Assert.Single(after.Leases);
        Assert.NotEqual(before.Leases[0].Id, lease.Id);
        Assert.Equal(restarted.SiloAddress, lease.SiloAddress);
    }

    [Fact]
    public void Gives_a_released_device_to_the_next_owner_under_a_new_id()
    {
        var first = LeaseBook.Lease(new PoolRecord(), Devices, "job/x", "cpu", 1);
        var second = LeaseBook.Lease(LeaseBook.Release(first, [first.Leases[0].Id]), Devices, "serving", "cpu", 1);

        var lease = Assert.Single(second.Leases);
        Assert.Equal(("serving", "cpu:0"), (lease.Owner, lease.Device));
        Assert.NotEqual(first.Leases[0].Id, lease.Id);
    }
}
