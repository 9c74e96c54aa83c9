using HealthGpt.Collectives.Nccl;

namespace HealthGpt.Collectives.Tests.Nccl;

/// <summary>
/// The binding to NCCL as far as a machine without a GPU can show it: the signatures and the exchange's own logic, over a stand-in that moves host memory. Nothing here is NCCL.
/// </summary>
public sealed class NcclTests
{
    private const int Seed = 20267;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static readonly nint Communicator = unchecked((nint)0x7aaa_bbbb_cccc_ddd0);
    private static readonly nint Stream = unchecked((nint)0x0123_4567_89ab_cde0);
    private static readonly nint Values = unchecked((nint)0x1122_3344_5566_7788);

    [Fact]
    public void Calls_pass_their_arguments_as_nccl_h_declares_them()
    {
        StandIn standIn = StandIn.LoadOrSkip();
        NcclLibrary library = standIn.Library;
        Assert.Equal(new Version(2, 27, 5), library.Version);

        AssertWritten(standIn, "ncclSend sendbuff=0x1122334455667788 count=4294967301 datatype=7 peer=-3 comm=0x7aaabbbbccccddd0 stream=0x123456789abcde0",
            () => library.Send(Values, 4294967301, -3, Communicator, Stream));
        AssertWritten(standIn, "ncclRecv recvbuff=0x1122334455667788 count=4294967302 datatype=7 peer=-4 comm=0x7aaabbbbccccddd0 stream=0x123456789abcde0",
            () => library.Receive(Values, 4294967302, -4, Communicator, Stream));
        AssertWritten(standIn, "ncclAllGather sendbuff=0x1122334455667788 recvbuff=0x1122334455667799 sendcount=4294967303 datatype=7 comm=0x7aaabbbbccccddd0 stream=0x123456789abcde0",
            () => library.AllGather(Values, Values + 0x11, 4294967303, Communicator, Stream));
        AssertWritten(standIn, "ncclCommAbort comm=0x7aaabbbbccccddd0", () => library.CommAbort(Communicator));
        AssertWritten(standIn, "ncclCommDestroy comm=0x7aaabbbbccccddd0", () => library.CommDestroy(Communicator));

        // 128 bytes by value, between two ints.
        byte[] id = [.. Enumerable.Range(0, 128).Select(value => (byte)(255 - value))];
        AssertWritten(standIn, $"ncclCommInitRank *comm=(nil) nranks=-5 rank=-6 id={Convert.ToHexStringLower(id)}", () => library.CommInitRank(-5, NcclUniqueId.From(id), -6));
        byte[] made = library.GetUniqueId().ToBytes();
        Assert.Equal((128, 0x5a, 128 + made[0]), (made.Length, made[64], made[127]));
    }

    [Fact]
    public async Task An_exchange_over_send_receive_and_all_gather_has_the_trees_bits()
    {
        StandIn standIn = StandIn.LoadOrSkip();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        foreach (int worldSize in (int[])[1, 2, 3, 5])
        {
            await using LocalRanks ranks = await LocalRanks.FormAsync(worldSize);
            foreach (var (shards, length) in ((int, int)[])[(worldSize, 1), (8, 3), (8, 1000), (11, 4097)])
            {
                var tree = new ShardTree(shards);
                int[] ends = [.. Enumerable.Range(1, worldSize - 1).Select(_ => random.Next(shards + 1)).Order(), shards];
                float[][] values = ReferenceTree.RandomShards(random, shards, length);
                int[] expected = ReferenceTree.Bits(ReferenceTree.Sum(values, 0, shards));
                await OnThreadsAsync(ranks, group => Assert.Equal([expected, expected], Sum(standIn.Library, group, tree, ends, values)));
            }
        }
    }

    [Fact]
    public async Task A_generation_that_ends_aborts_its_communicator_and_what_waits_in_it()
    {
        StandIn standIn = StandIn.LoadOrSkip();
        int aborted = standIn.Aborted, destroyed = standIn.Destroyed;
        await using LocalRanks ranks = await LocalRanks.FormAsync(2);
        var tree = new ShardTree(2);
        Task waiting = OnThreadsAsync(ranks, group =>
        {
            using var vectors = new HostVectors();
            using NcclCommunicator communicator = NcclCommunicator.Form(standIn.Library, group);
            NcclReduction reduction = communicator.Prepare(tree, [new ShardNode(group.Rank, group.Rank + 1)], 10);
            if (group.Rank == 1)
            {
                Assert.True(SpinWait.SpinUntil(() => standIn.Waiting == 1, Deadline), "rank 0 did not come to its receive");
                group.Abort("a test");
                return;
            }
            Assert.Throws<NcclException>(() => reduction.Run([vectors.Make(10)], vectors.Make(10), vectors, 0));
            Assert.Throws<GroupAbortedException>(() => reduction.Run([vectors.Make(10)], vectors.Make(10), vectors, 0));
        });
        await waiting.WaitAsync(2 * Deadline, TestContext.Current.CancellationToken);
        Assert.All(ranks.Groups, group => Assert.True(group.Aborted));
        // Rank 1 may have freed its own before its abort came to it.
        Assert.InRange(standIn.Aborted - aborted, 1, 2);
        Assert.Equal(2, standIn.Aborted - aborted + (standIn.Destroyed - destroyed));
    }

    [Fact]
    public async Task Ranks_that_do_not_agree_on_a_sum_are_told_so()
    {
        StandIn standIn = StandIn.LoadOrSkip();
        await using LocalRanks ranks = await LocalRanks.FormAsync(2);
        await OnThreadsAsync(ranks, group =>
        {
            using NcclCommunicator communicator = NcclCommunicator.Form(standIn.Library, group);
            var failure = Assert.Throws<GroupAbortedException>(() => communicator.Prepare(new ShardTree(3), [new ShardNode(group.Rank, group.Rank + 1)], 10));
            Assert.Contains("no rank holds shards [2,3)", failure.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_library_that_is_not_there_or_is_another_is_named_with_what_to_do()
    {
        var absent = Assert.Throws<NcclLibraryException>(() => NcclLibrary.Load("/nowhere/libnccl.so.2"));
        Assert.Contains("NCCL cannot be loaded as '/nowhere/libnccl.so.2'; install NVIDIA's package libnccl2, or name the file in HEALTHGPT_NCCL", absent.Message, StringComparison.Ordinal);
        if (!OperatingSystem.IsLinux())
            Assert.Skip("the C library has another name elsewhere");
        var another = Assert.Throws<NcclLibraryException>(() => NcclLibrary.Load("libc.so.6"));
        Assert.Contains("'libc.so.6' has no ncclGetVersion", another.Message, StringComparison.Ordinal);
    }

    private static void AssertWritten(StandIn standIn, string expected, Action call)
    {
        var failure = Assert.Throws<NcclException>(call);
        Assert.Equal((4, expected), (failure.Result, standIn.Written));
        Assert.Contains("failed: invalid argument (ncclResult_t 4)", failure.Message, StringComparison.Ordinal);
    }

    private static int[][] Sum(NcclLibrary library, ProcessGroup group, ShardTree tree, int[] ends, float[][] values)
    {
        using var vectors = new HostVectors();
        var accumulator = new ShardAccumulator(tree, values[0].Length);
        for (int shard = group.Rank == 0 ? 0 : ends[group.Rank - 1]; shard < ends[group.Rank]; shard++)
            accumulator.Add(shard, values[shard]);
        nint[] mine = [.. accumulator.Nodes.Select(node => vectors.Make(node.Values))];
        using NcclCommunicator communicator = NcclCommunicator.Form(library, group);
        NcclReduction reduction = communicator.Prepare(tree, [.. accumulator.Nodes.Select(node => node.Node)], values[0].Length);
        nint result = vectors.Make(communicator.PaddedLength(values[0].Length));
        return [.. Enumerable.Range(0, 2).Select(_ =>
        {
            reduction.Run(mine, result, vectors, 0);
            return ReferenceTree.Bits(HostVectors.Span(result, values[0].Length));
        })];
    }

    /// <summary>A thread for each rank, as each device has.</summary>
    private static Task OnThreadsAsync(LocalRanks ranks, Action<ProcessGroup> action) =>
        Task.WhenAll(ranks.Groups.Select(group => Task.Factory.StartNew(
            () => action(group), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
}
