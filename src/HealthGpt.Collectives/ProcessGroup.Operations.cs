using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives;

public sealed partial class ProcessGroup
{
    /// <summary>Returns once every rank has called it.</summary>
    public Task BarrierAsync(CancellationToken cancellation = default) =>
        RunAsync("barrier", _turn, 0, inner => ExchangeEmptyAsync(FrameKind.Barrier, _ => { }, inner), cancellation);

    /// <summary>Gives every rank the messages of all, by rank. For small messages, whose lengths may differ.</summary>
    public Task<byte[][]> AllGatherAsync(ReadOnlyMemory<byte> small, CancellationToken cancellation = default) =>
        RunAsync("all-gather", _turn, (long)small.Length * WorldSize, async inner =>
        {
            byte[][] all = new byte[WorldSize][];
            all[Rank] = small.ToArray();
            await ExchangeAsync(FrameKind.AllGather, [small], async peer => all[peer.Rank] = await peer.ReadFrameAsync(FrameKind.AllGather, inner), inner);
            return all;
        }, cancellation);

    /// <summary>Gives every rank the values of all, one rank's behind the other's.</summary>
    /// <typeparam name="T">Numbers or bytes.</typeparam>
    /// <param name="mine">As many on every rank.</param>
    /// <param name="all">The world size times as many; <paramref name="mine"/> may be this rank's part of it.</param>
    /// <param name="cancellation">Ends the generation when it comes half-way.</param>
    public Task AllGatherAsync<T>(ReadOnlyMemory<T> mine, Memory<T> all, CancellationToken cancellation = default)
        where T : unmanaged
    {
        if (all.Length != (long)mine.Length * WorldSize)
            throw new ArgumentException($"all has {all.Length} elements, but {WorldSize} ranks of {mine.Length} make {(long)mine.Length * WorldSize}; make it so long", nameof(all));
        return RunAsync("all-gather", _turn, Bytes<T>(all), async inner =>
        {
            mine.CopyTo(all.Slice(Rank * mine.Length, mine.Length));
            await ExchangeAsync(FrameKind.Gather, Parts(mine),
                peer => peer.ReadFrameAsync(FrameKind.Gather, [.. ByteView<T>.Of(all.Slice(peer.Rank * mine.Length, mine.Length))], inner), inner);
            return true;
        }, cancellation);
    }

    /// <summary>Gives every rank the values of one.</summary>
    /// <typeparam name="T">Numbers or bytes.</typeparam>
    /// <param name="values">What the root sends and the others receive; as many on every rank.</param>
    /// <param name="root">The rank that sends.</param>
    /// <param name="cancellation">Ends the generation when it comes half-way.</param>
    public Task BroadcastAsync<T>(Memory<T> values, int root, CancellationToken cancellation = default)
        where T : unmanaged
    {
        if (root < 0 || root >= WorldSize)
            throw new ArgumentOutOfRangeException(nameof(root), root, $"root is {root}; ranks go from 0 to {WorldSize - 1}");
        return RunAsync("broadcast", _turn, Bytes<T>(values), async inner =>
        {
            if (root == Rank)
                await HeldAsync(async () => await PostToAllAsync(FrameKind.Broadcast, Parts<T>(values), inner), inner);
            else
                await Peer(root).ReceiveAsync(FrameKind.Broadcast, [.. ByteView<T>.Of(values)], inner);
            return true;
        }, cancellation);
    }

    /// <summary>
    /// Sends a message of any size to one peer; it ends when the bytes are on their way, which for large ones means that the peer receives. Two ranks that send each other large
    /// messages start their receives before they await their sends.
    /// </summary>
    public Task SendAsync(int peer, ReadOnlyMemory<byte> message, CancellationToken cancellation = default) => SendAsync<byte>(peer, message, cancellation);

    /// <summary>Sends numbers to one peer; like <see cref="SendAsync(int, ReadOnlyMemory{byte}, CancellationToken)"/>.</summary>
    public async Task SendAsync<T>(int peer, ReadOnlyMemory<T> values, CancellationToken cancellation = default)
        where T : unmanaged
    {
        DataLink link = Peer(peer);
        await RunAsync("send", null, 0, async inner =>
        {
            await link.SendAsync(FrameKind.Message, Parts(values), inner);
            return true;
        }, cancellation);
    }

    /// <summary>Receives the next message of one peer.</summary>
    public async Task<byte[]> ReceiveAsync(int peer, CancellationToken cancellation = default)
    {
        DataLink link = Peer(peer);
        return await RunAsync("receive", null, 0, inner => link.ReceiveAsync(FrameKind.Message, inner), cancellation);
    }

    /// <summary>Receives the next message of one peer, which must have exactly the length of <paramref name="into"/>.</summary>
    public async Task ReceiveAsync<T>(int peer, Memory<T> into, CancellationToken cancellation = default)
        where T : unmanaged
    {
        DataLink link = Peer(peer);
        await RunAsync("receive", null, 0, async inner =>
        {
            await link.ReceiveAsync(FrameKind.Message, [.. ByteView<T>.Of(into)], inner);
            return true;
        }, cancellation);
    }

    /// <summary>Ends when every rank stands connected to all; <see cref="NotReady"/> names those that do not. The formation explains its failures.</summary>
    internal async Task FirstBarrierAsync(CancellationToken cancellation)
    {
        await ExchangeEmptyAsync(FrameKind.Ready, rank => _ready[rank] = true, cancellation);
        _control?.Watch();
    }

    private async ValueTask<bool> ExchangeEmptyAsync(FrameKind kind, Action<int> received, CancellationToken cancellation)
    {
        await ExchangeAsync(kind, [], async peer =>
        {
            await peer.ReadFrameAsync(kind, Array.Empty<Memory<byte>>(), cancellation);
            received(peer.Rank);
        }, cancellation);
        return true;
    }

    /// <summary>Posts to every peer, then reads from each in turn. Posts never wait, so ranks that send each other large messages do not either.</summary>
    private ValueTask ExchangeAsync(FrameKind kind, IReadOnlyList<ReadOnlyMemory<byte>> parts, Func<DataLink, ValueTask> read, CancellationToken cancellation) =>
        HeldAsync(async () =>
        {
            foreach (DataLink peer in _peers)
                peer.PostFrame(kind, parts);
            foreach (DataLink peer in _peers)
                await read(peer);
            foreach (DataLink peer in _peers)
                await peer.FlushAsync(cancellation);
        }, cancellation);

    private async ValueTask PostToAllAsync(FrameKind kind, IReadOnlyList<ReadOnlyMemory<byte>> parts, CancellationToken cancellation)
    {
        foreach (DataLink peer in _peers)
            peer.PostFrame(kind, parts);
        foreach (DataLink peer in _peers)
            await peer.FlushAsync(cancellation);
    }

    private async ValueTask HeldAsync(Func<ValueTask> body, CancellationToken cancellation)
    {
        int held = 0;
        try
        {
            for (; held < _peers.Length; held++)
                await _peers[held].HoldAsync(cancellation);
            await body();
        }
        finally
        {
            while (held > 0)
                _peers[--held].Release();
        }
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Parts<T>(ReadOnlyMemory<T> values)
        where T : unmanaged => [.. ByteView<T>.Of(MemoryMarshal.AsMemory(values)).Select(part => (ReadOnlyMemory<byte>)part)];

    private static long Bytes<T>(ReadOnlyMemory<T> values) => (long)values.Length * Unsafe.SizeOf<T>();
}
