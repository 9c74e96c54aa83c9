using System.Collections.Concurrent;
using Orleans.Runtime;

namespace HealthGpt.Cluster.Devices;

/// <summary>
/// What occupies this silo's devices. It lives beside the grains and not inside them, because Orleans ends a grain's activation also for reasons that say
/// nothing about the device: when another silo dies, activations that were registered with it are ended on silos that are well. The next activation of the
/// grain, on this same silo, then finds its replica here.
/// </summary>
internal sealed class DeviceSlots : IAsyncDisposable, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private volatile bool _closed;

    public T? Find<T>(string lease)
        where T : class =>
        _slots.Values.FirstOrDefault(slot => slot.Lease == lease)?.Occupant as T;

    /// <summary>The lease's occupant, made now if there is none. One of another lease is ended first: the pool gives a device to one lease at a time.</summary>
    public async Task<T> OccupyAsync<T>(string device, string lease, Func<T> create)
        where T : class, IAsyncDisposable
    {
        var slot = _slots.GetOrAdd(device, _ => new Slot());
        await slot.Gate.WaitAsync();
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (slot.Lease == lease && slot.Occupant is T present) return present;

            await slot.ClearAsync();
            var created = create();
            slot.Occupant = created;
            slot.Lease = lease;
            return created;
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>Ends the lease's occupant, if it is here, and returns when the device is free.</summary>
    public async Task FreeAsync(string lease)
    {
        foreach (var slot in _slots.Values.Where(slot => slot.Lease == lease))
            await slot.ClearAsync(lease);
    }

    /// <summary>A silo that stops lets go of its devices first: replicas elsewhere see it by their connections and go on without it.</summary>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(DeviceSlots), ServiceLifecycleStage.Active, _ => Task.CompletedTask, _ => DisposeAsync().AsTask());

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await Task.WhenAll(_slots.Values.Select(slot => slot.ClearAsync(slot.Lease)));
    }

    private sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public string? Lease { get; set; }

        public IAsyncDisposable? Occupant { get; set; }

        public async Task ClearAsync(string? lease)
        {
            await Gate.WaitAsync();
            try
            {
                if (Lease == lease) await ClearAsync();
            }
            finally
            {
                Gate.Release();
            }
        }

        public async Task ClearAsync()
        {
            var occupant = Occupant;
            Occupant = null;
            try
            {
                if (occupant is not null) await occupant.DisposeAsync();
            }
            finally
            {
                // Not before: who asks a second time to free the device waits too.
                Lease = null;
            }
        }
    }
}
