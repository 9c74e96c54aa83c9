namespace HealthGpt.Collectives.SharedMemory;

/// <summary>Wakes one waiter. A call that comes between <see cref="Next"/> and the wait is not missed.</summary>
internal sealed class WakeUp
{
    private TaskCompletionSource? _waiter;

    public Task Next()
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _waiter, waiter);
        return waiter.Task;
    }

    public void Set() => Interlocked.Exchange(ref _waiter, null)?.TrySetResult();
}
