using HealthGpt.Cluster.FolderCluster;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;
using Xunit;

namespace HealthGpt.Cluster.Tests.FolderCluster;

public sealed class GrainStorageTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("tally", "brain-t1");

    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ThenReadByAnotherInstance_GivesStateAndETag()
    {
        GrainState<TallyState> written = await WriteAsync(Storage(), Grain, new TallyState { Count = 3, Words = ["a", "b"] });

        GrainState<TallyState> read = await ReadAsync(Storage(), Grain);

        Assert.True(read.RecordExists);
        Assert.Equal(written.ETag, read.ETag);
        Assert.Equal(3, read.State!.Count);
        Assert.Equal(["a", "b"], read.State!.Words);
    }

    [Fact]
    public async Task Read_OfWhatWasNeverWritten_GivesAFreshState()
    {
        GrainState<TallyState> read = await ReadAsync(Storage(), Grain);

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Equal(0, read.State!.Count);
    }

    [Fact]
    public async Task WriteAndClear_WithAnETagThatAnotherInstanceOutdated_AreRefused()
    {
        FolderGrainStorage first = Storage();
        FolderGrainStorage second = Storage();
        await WriteAsync(first, Grain, new TallyState { Count = 1 });
        GrainState<TallyState> mine = await ReadAsync(first, Grain);
        GrainState<TallyState> theirs = await ReadAsync(second, Grain);
        theirs.State = new TallyState { Count = 2 };
        await second.WriteStateAsync("state", Grain, theirs, Token);

        await Assert.ThrowsAsync<InconsistentStateException>(() => first.WriteStateAsync("state", Grain, mine, Token));
        await Assert.ThrowsAsync<InconsistentStateException>(() => first.ClearStateAsync("state", Grain, mine, Token));
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(first, Grain, new TallyState { Count = 9 }));

        Assert.Equal(2, (await ReadAsync(first, Grain)).State!.Count);
    }

    [Fact]
    public async Task Clear_ThenWriteAnew_NeverAcceptsAnOldETag()
    {
        FolderGrainStorage storage = Storage();
        GrainState<TallyState> old = await WriteAsync(storage, Grain, new TallyState { Count = 1 });
        GrainState<TallyState> current = await ReadAsync(storage, Grain);
        await storage.ClearStateAsync("state", Grain, current, Token);
        Assert.False(current.RecordExists);
        Assert.Null(current.ETag);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", Grain, old, Token));

        await WriteAsync(storage, Grain, new TallyState { Count = 5 });

        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", Grain, old, Token));
        Assert.Equal(5, (await ReadAsync(storage, Grain)).State!.Count);
    }

    [Fact]
    public async Task RacingWriters_ExactlyOneWinsEachETag()
    {
        const int Writers = 4;
        const int WinsEach = 15;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            async () =>
            {
                FolderGrainStorage storage = Storage();
                for (int wins = 0; wins < WinsEach;)
                {
                    GrainState<TallyState> state = await ReadAsync(storage, Grain);
                    state.State = state.State! with { Count = state.State!.Count + 1 };
                    try
                    {
                        await storage.WriteStateAsync("state", Grain, state, Token);
                        wins++;
                    }
                    catch (InconsistentStateException)
                    {
                        // Lost this round: read again.
                    }
                }
            },
            Token)));

        Assert.Equal(Writers * WinsEach, (await ReadAsync(Storage(), Grain)).State!.Count);
    }

    [Fact]
    public async Task AnyKey_HasItsOwnFile()
    {
        string[] keys = ["a/b", "a\\b", "../../escape", "a:b*?\"<>|", "A", "a", " x", "ü", "\u0001", "..", new string('x', 3000), new string('x', 3001)];
        FolderGrainStorage storage = Storage();
        for (int i = 0; i < keys.Length; i++)
            await WriteAsync(storage, GrainId.Create("tally", keys[i]), new TallyState { Count = i });

        for (int i = 0; i < keys.Length; i++)
            Assert.Equal(i, (await ReadAsync(storage, GrainId.Create("tally", keys[i]))).State!.Count);
        string[] files = Directory.GetFiles(_folder.Path, "*.state", SearchOption.AllDirectories);
        Assert.Equal(keys.Length, files.Select(f => f.ToUpperInvariant()).Distinct().Count());
    }

    [Fact]
    public async Task ATornTemporaryFile_IsIgnored()
    {
        await WriteAsync(Storage(), Grain, new TallyState { Count = 4 });
        string file = _folder.Only("*.state");
        string torn = Path.Combine(Path.GetDirectoryName(file)!, $".{Path.GetFileName(file)}.0123.tmp~");
        await File.WriteAllTextAsync(torn, "{\"version\":1,\"kind\":\"gr", Token);

        Assert.Equal(4, (await ReadAsync(Storage(), Grain)).State!.Count);
    }

    public void Dispose()
    {
        _services.Dispose();
        _folder.Dispose();
    }

    private FolderGrainStorage Storage() => new(
        "healthgpt",
        new ClusterFolder(_folder.Path, "cluster", "service"),
        new OrleansGrainStorageSerializer(_services.GetRequiredService<Serializer>()),
        _services.GetRequiredService<IActivatorProvider>());

    private static async Task<GrainState<TallyState>> WriteAsync(FolderGrainStorage storage, GrainId grain, TallyState state)
    {
        var written = new GrainState<TallyState>(state);
        await storage.WriteStateAsync("state", grain, written, Token);
        return written;
    }

    private static async Task<GrainState<TallyState>> ReadAsync(FolderGrainStorage storage, GrainId grain)
    {
        var read = new GrainState<TallyState>();
        await storage.ReadStateAsync("state", grain, read, Token);
        return read;
    }
}
