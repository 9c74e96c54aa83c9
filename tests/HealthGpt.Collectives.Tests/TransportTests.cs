using HealthGpt.Collectives.Joining;
using HealthGpt.Collectives.SharedMemory;
using Xunit;

namespace HealthGpt.Collectives.Tests;

public sealed class TransportTests
{
    private const string LinuxOnly = "shared memory between ranks needs Linux";

    [Fact]
    public async Task Ranks_of_a_host_take_shared_memory_by_themselves_and_leave_no_file()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        using var folder = new SegmentFolder();
        await using LocalRanks ranks = await LocalRanks.FormAsync(3);
        Assert.Equal(Transport.SharedMemory, ranks[0].TransportTo(2));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        await ranks.OnAllAsync(group => group.BarrierAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_group_of_shared_memory_and_tcp_sums_as_any_other()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        await using LocalRanks ranks = LocalRanks.Listen(3);
        ranks.Groups.AddRange(await Task.WhenAll(Enumerable.Range(0, 3).Select(rank => ranks.FormRankAsync(ranks.Spec(rank) with { Transport = rank == 1 ? Transport.Tcp : Transport.Auto }))));
        Assert.Equal([Transport.Tcp, Transport.SharedMemory], new[] { ranks[0].TransportTo(1), ranks[0].TransportTo(2) });
        float[][] values = ReferenceTree.RandomShards(new Random(20264), 3, 200_000);
        int[] expected = ReferenceTree.Bits(ReferenceTree.Sum(values, 0, 3));
        await ranks.OnAllAsync(async group =>
        {
            await group.AllReduceAsync(values[group.Rank], TestContext.Current.CancellationToken);
            Assert.Equal(expected, ReferenceTree.Bits(values[group.Rank]));
        });
    }

    [Fact]
    public async Task Shared_memory_that_one_side_refuses_ends_the_forming_of_both_at_once()
    {
        await using LocalRanks ranks = LocalRanks.Listen(2);
        Task<ProcessGroup>[] forming = [ranks.FormRankAsync(ranks.Spec(0) with { Transport = Transport.SharedMemory }), ranks.FormRankAsync(ranks.Spec(1) with { Transport = Transport.Tcp })];
        foreach (Task<ProcessGroup> rank in forming)
        {
            var refused = await Assert.ThrowsAsync<JoinRefusedException>(() => rank);
            Assert.Equal(JoinRefusal.Transport, refused.Refusal);
            Assert.Contains("ranks 1 and 0 of job 'job' cannot share memory: rank 1 has Transport tcp; set Transport to auto or tcp", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Several_connections_of_a_peer_carry_one_stream()
    {
        await using LocalRanks ranks = LocalRanks.Listen(3, Transport.Tcp);
        // The fewer of two settings count.
        int[] connections = [3, 4, 2];
        ranks.Groups.AddRange(await Task.WhenAll(connections.Select((number, rank) => ranks.FormRankAsync(ranks.Spec(rank) with { Connections = number }))));
        float[][] values = ReferenceTree.RandomShards(new Random(20266), 3, 700_001);
        int[] expected = ReferenceTree.Bits(ReferenceTree.Sum(values, 0, 3));
        await ranks.OnAllAsync(async group =>
        {
            for (int odd = 0; odd < 3; odd++)
                Assert.Equal(odd, (await group.AllGatherAsync(new byte[odd], TestContext.Current.CancellationToken))[0].Length);
            await group.AllReduceAsync(values[group.Rank], TestContext.Current.CancellationToken);
            Assert.Equal(expected, ReferenceTree.Bits(values[group.Rank]));
            await group.BarrierAsync(TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public async Task Nccl_is_refused_for_host_memory()
    {
        await using LocalRanks ranks = LocalRanks.Listen(1);
        var failure = await Assert.ThrowsAsync<ArgumentException>(async () => await ranks.FormRankAsync(ranks.Spec(0) with { Transport = Transport.Nccl }));
        Assert.Contains("an NcclCommunicator over the group for CUDA memory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_is_its_owners_alone_and_opened_by_who_was_told_its_seal()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        int ring = SharedSegment.RingBytesFor(2);
        using SharedSegment made = SharedSegment.Create(ring);
        try
        {
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(made.Path));
            Assert.False(made.IsShared);
            Assert.Throws<IOException>(() => SharedSegment.Open(made.Path, ring, new byte[SharedSegment.SealBytes]));
            Assert.Throws<IOException>(() => SharedSegment.Open(made.Path, ring / 2, made.Seal));
            Assert.Throws<IOException>(() => SharedSegment.Open("/etc/hostname", ring, made.Seal));
            using SharedSegment opened = SharedSegment.Open(made.Path, ring, made.Seal);
            Assert.True(made.IsShared);
        }
        finally
        {
            File.Delete(made.Path);
        }
    }

    [Fact]
    public async Task Ranks_of_different_hosts_and_folders_without_a_segment_go_over_tcp()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        await using LocalRanks ranks = LocalRanks.Listen(2);
        TransportOffer offer = TransportOffer.Of(ranks.Spec(1), out SharedSegment? segment);
        using (segment)
        {
            Assert.Null((offer with { BootId = "another" }).TryOpen(ranks.Spec(0), out string why));
            Assert.Equal("they run on different hosts", why);
            offer.Withdraw();
            Assert.Null(offer.TryOpen(ranks.Spec(0), out why));
            Assert.Contains("cannot open the segment", why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_by_the_next_segment()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip(LinuxOnly);
        using var folder = new SegmentFolder();
        string left = Path.Combine(folder.Path, "healthgpt-left-by-a-test");
        File.WriteAllText(left, "");
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-1));
        using SharedSegment segment = SharedSegment.Create(SharedSegment.RingBytesFor(2));
        File.Delete(segment.Path);
        Assert.False(File.Exists(left));
    }

    /// <summary>A folder for the segments of this process alone: other processes of the machine make and remove theirs at any time.</summary>
    private sealed class SegmentFolder : IDisposable
    {
        private readonly string _before = SharedSegment.Folder;

        public SegmentFolder() => SharedSegment.Folder = Path;

        public string Path { get; } = Directory.CreateTempSubdirectory("healthgpt-segments-").FullName;

        public void Dispose()
        {
            SharedSegment.Folder = _before;
            Directory.Delete(Path, recursive: true);
        }
    }
}
