using System.Diagnostics;
using Azure.Storage.Blobs.Specialized;
using HealthGpt.Storage.Blobs;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Tests.Blobs;

public sealed class BlobHoldTests(Azurite azurite)
{
    // The shortest that there is.
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(15);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task AHold_IsForOne_UntilItIsDisposed_AndSaysWhoHasIt()
    {
        var (server, blob) = await NewAsync();

        await using (await TakeAsync(server, blob, "the first"))
        {
            Assert.Null(await BlobHold.TryTakeAsync(blob, "the second", Length, server.Access, Token));
            Assert.Equal("the first", await BlobHold.HolderAsync(blob, server.Access, Token));
        }

        await using var next = await TakeAsync(server, blob, "the third");
        Assert.Equal("the third", await BlobHold.HolderAsync(blob, server.Access, Token));
    }

    [Fact(Timeout = 120_000)]
    public async Task AHold_IsRenewedBeyondItsLength_WhileThatOfADeadHolderRunsOut()
    {
        var (server, renewed) = await NewAsync();
        var abandoned = renewed.Under("abandoned");
        await using var hold = await TakeAsync(server, renewed, "one that lives");
        await (await TakeAsync(server, abandoned, "one that dies")).DisposeAsync();
        await server.Container(abandoned).GetBlobClient(abandoned.BlobPath).GetBlobLeaseClient().AcquireAsync(Length, cancellationToken: Token);
        var since = Stopwatch.StartNew();

        BlobHold? taken = null;
        while (taken is null && since.Elapsed < 3 * Length)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Token);
            taken = await BlobHold.TryTakeAsync(abandoned, "its heir", Length, server.Access, Token);
        }

        Assert.NotNull(taken);
        await taken.DisposeAsync();
        Assert.False(hold.IsLost);
        Assert.Null(await BlobHold.TryTakeAsync(renewed, "another", Length, server.Access, Token));
    }

    [Fact(Timeout = 120_000)]
    public async Task AHoldThatSomebodyElseHasTaken_IsLost_AndIsNotTakenBack()
    {
        var (server, blob) = await NewAsync();
        await using var hold = await TakeAsync(server, blob, "the first");
        await server.Container(blob).GetBlobClient(blob.BlobPath).GetBlobLeaseClient().BreakAsync(TimeSpan.Zero, cancellationToken: Token);

        await using (var next = await TakeAsync(server, blob, "the second"))
        {
            while (!hold.IsLost) await Task.Delay(100, Token);
            await hold.DisposeAsync();
            Assert.False(next.IsLost);
            Assert.Null(await BlobHold.TryTakeAsync(blob, "the third", Length, server.Access, Token));
        }
    }

    private async Task<(AzuriteServer Server, BlobAddress Blob)> NewAsync()
    {
        var server = await azurite.ServerAsync();
        return (server, (await server.NewAddressAsync(Token)).Under("held"));
    }

    private static async Task<BlobHold> TakeAsync(AzuriteServer server, BlobAddress blob, string holder)
    {
        var hold = await BlobHold.TryTakeAsync(blob, holder, Length, server.Access, Token);
        Assert.NotNull(hold);
        return hold;
    }
}
