using System.Net;
using System.Net.Sockets;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>The plainest all-reduce: every rank sends its values to the first, which adds them up and sends the sum back to each, over plain sockets.</summary>
internal sealed class RootSum : IDisposable
{
    private readonly Socket[] _root;
    private readonly Socket[] _others;
    private readonly float[] _received;

    public RootSum(int worldSize, int length)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(worldSize);
        _received = new float[length];
        _root = new Socket[worldSize - 1];
        _others = new Socket[worldSize - 1];
        for (var rank = 1; rank < worldSize; rank++)
        {
            _others[rank - 1] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _others[rank - 1].Connect(listener.LocalEndPoint!);
            _root[rank - 1] = listener.Accept();
            _root[rank - 1].NoDelay = true;
        }
    }

    /// <summary>Sums the ranks' values into each rank's result.</summary>
    public void Reduce(float[][] values, float[][] results)
    {
        var others = _others.Select((socket, index) => Task.Run(() =>
        {
            Send(socket, values[index + 1]);
            Receive(socket, results[index + 1]);
        })).ToArray();
        values[0].CopyTo(results[0], 0);
        foreach (var socket in _root)
        {
            Receive(socket, _received);
            TensorPrimitives.Add<float>(results[0], _received, results[0]);
        }

        Task.WaitAll([.. _root.Select(socket => Task.Run(() => Send(socket, results[0]))), .. others]);
    }

    public void Dispose()
    {
        foreach (var socket in _root.Concat(_others)) socket.Dispose();
    }

    private static void Send(Socket socket, float[] values)
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        while (bytes.Length > 0) bytes = bytes[socket.Send(bytes)..];
    }

    private static void Receive(Socket socket, float[] values)
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        while (bytes.Length > 0)
        {
            var count = socket.Receive(bytes);
            if (count == 0) throw new EndOfStreamException("the connection was closed");
            bytes = bytes[count..];
        }
    }
}
