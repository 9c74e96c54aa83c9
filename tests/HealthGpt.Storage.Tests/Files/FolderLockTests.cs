using System.Diagnostics;
using HealthGpt.Storage.Files;
using Xunit;

namespace HealthGpt.Storage.Tests.Files;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acquire_ByManyThreads_LetsOneInAtATime()
    {
        const int Threads = 8;
        const int Rounds = 25;
        int inside = 0;
        int counter = 0;
        string path = _folder["table.lock"];

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                using FolderLock held = await FolderLock.AcquireAsync(path, TimeSpan.FromSeconds(30), Token);
                Assert.Equal(1, Interlocked.Increment(ref inside));
                counter++;
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            }
        })));

        Assert.Equal(Threads * Rounds, counter);
    }

    [Fact]
    public async Task Acquire_WhileAnotherThreadHoldsIt_TimesOutNamingTheFile()
    {
        string path = _folder["table.lock"];
        using FolderLock held = await FolderLock.AcquireAsync(path, TimeSpan.FromSeconds(5), Token);

        var e = await Assert.ThrowsAsync<TimeoutException>(() => FolderLock.AcquireAsync(path, TimeSpan.FromMilliseconds(50), Token));

        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains("holds it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TryTake_WhileSomebodyHoldsIt_TakesNothing()
    {
        string path = _folder["run.lock"];
        using (FolderLock.TryTake(path)) Assert.Null(FolderLock.TryTake(path));

        using FolderLock? freed = FolderLock.TryTake(path);

        Assert.NotNull(freed);
    }

    [Fact(Timeout = 60_000)]
    public async Task Acquire_AfterTheHoldingProcessWasKilled_Succeeds()
    {
        string path = _folder["table.lock"];
        using Process holder = LockHolder.Start(path);
        try
        {
            Assert.Equal(LockHolder.Ready, await holder.StandardOutput.ReadLineAsync(Token));
            await Assert.ThrowsAsync<TimeoutException>(() => FolderLock.AcquireAsync(path, TimeSpan.FromMilliseconds(100), Token));
            Assert.Null(FolderLock.TryTake(path));
        }
        finally
        {
            holder.Kill();
        }

        using FolderLock freed = await FolderLock.AcquireAsync(path, TimeSpan.FromSeconds(20), Token);
    }

    [Fact]
    public async Task Acquire_Cancelled_LeavesTheLockToTheNext()
    {
        string path = _folder["table.lock"];
        using (await FolderLock.AcquireAsync(path, TimeSpan.FromSeconds(5), Token))
        {
            using var cancelled = new CancellationTokenSource();
            Task<FolderLock> waiting = FolderLock.AcquireAsync(path, TimeSpan.FromSeconds(30), cancelled.Token);
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        using FolderLock next = await FolderLock.AcquireAsync(path, TimeSpan.FromSeconds(5), Token);
    }

    [Fact]
    public async Task Acquire_InAMissingFolder_Throws() =>
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => FolderLock.AcquireAsync(_folder["missing/a.lock"], TimeSpan.FromSeconds(5), Token));

    public void Dispose() => _folder.Dispose();
}
