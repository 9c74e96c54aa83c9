using HealthGpt.Cluster.Devices;
using Xunit;

namespace HealthGpt.Cluster.Tests.Devices;

public sealed class DeviceSlotsTests
{
    [Fact]
    public async Task Everyone_who_frees_a_device_waits_until_it_is_free()
    {
        await using var slots = new DeviceSlots();
        var slow = new SlowOccupant();
        await slots.OccupyAsync("cpu:0", "lease-1", () => slow);

        var first = slots.FreeAsync("lease-1");
        var second = slots.FreeAsync("lease-1");

        Assert.Null(slots.Find<SlowOccupant>("lease-1"));
        Assert.False(first.IsCompleted || second.IsCompleted, "the device was called free before its occupant had ended");
        slow.Ended.SetResult();
        await Task.WhenAll(first, second);
    }

    private sealed class SlowOccupant : IAsyncDisposable
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask DisposeAsync() => await Ended.Task;
    }
}
