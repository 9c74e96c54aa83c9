using System.Buffers.Binary;
using System.Net.Sockets;
using HealthGpt.Collectives.Joining;
using HealthGpt.Collectives.Links;
using Xunit;

namespace HealthGpt.Collectives.Tests;

/// <summary>The last rank of a group as bare connections: it joins, then sends no heartbeat and does nothing until it is killed.</summary>
internal sealed class RawPeer : IDisposable
{
    private const int HeartbeatBytes = 13;
    private readonly List<Socket> _sockets = [];
    private readonly List<Stream> _controls = [];

    /// <param name="spec">The group.</param>
    /// <param name="heartbeatsBetweenRanks">How many of a rank's heartbeats it hears before it goes on to the next.</param>
    /// <param name="generation">The generation that its data is of, where that is another.</param>
    public static async Task<RawPeer> JoinAsync(GroupSpec spec, int heartbeatsBetweenRanks = 0, long? generation = null)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var peer = new RawPeer();
        for (int rank = 0; rank < spec.Rank; rank++)
        {
            JoinConnection control = (await ConnectAsync(spec, rank, Channel.Control, cancellation)).Connection;
            peer._sockets.Add(control.Socket);
            peer._controls.Add(control.Stream);
            PeerChannel data = await ConnectAsync(spec, rank, Channel.Data, cancellation);
            peer._sockets.Add(data.Connection.Socket);
            await new DataLink(generation ?? spec.Generation, data.Open(rank, [])).SendAsync(FrameKind.Ready, [], cancellation);
            if (rank < spec.Rank - 1)
                await control.Stream.ReadExactlyAsync(new byte[HeartbeatBytes * heartbeatsBetweenRanks], cancellation);
        }
        return peer;
    }

    /// <summary>Sends a heartbeat of a generation.</summary>
    public async Task BeatAsync(int rank, long generation)
    {
        byte[] frame = new byte[HeartbeatBytes];
        frame[0] = (byte)ControlKind.Heartbeat;
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(1), generation);
        await _controls[rank].WriteAsync(frame, TestContext.Current.CancellationToken);
    }

    /// <summary>Resets all connections, as the kernel does for a process that died.</summary>
    public void Kill()
    {
        foreach (Socket socket in _sockets)
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private static async Task<PeerChannel> ConnectAsync(GroupSpec spec, int rank, Channel channel, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await JoinConnector.ConnectAsync(spec with { Connections = 1 }, rank, channel, cancellation);
            }
            catch (JoinRefusedException refused) when (refused.Refusal == JoinRefusal.UnknownGroup)
            {
                await Task.Yield();
            }
        }
    }
}
