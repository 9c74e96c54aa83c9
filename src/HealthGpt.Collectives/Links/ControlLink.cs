using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace HealthGpt.Collectives.Links;

/// <summary>The small connection to one peer: heartbeats, abort, leave. Never blocks: it is written from any thread and read by the control loop alone.</summary>
internal sealed class ControlLink : IDisposable
{
    private const int HeaderBytes = 1 + 8 + 4;
    private const int LongestText = 4000;

    private readonly Lock _lock = new();
    private readonly long _generation;
    private readonly byte[] _inbox = new byte[HeaderBytes + LongestText];
    private readonly ControlWire _wire;
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _filled;

    public ControlLink(int rank, long generation, ControlWire wire)
    {
        Rank = rank;
        _wire = wire;
        _generation = generation;
    }

    public int Rank { get; }

    public Socket Socket => _wire.Socket;

    /// <summary>When the peer was last heard (<see cref="Stopwatch"/> time).</summary>
    public long LastHeard { get; private set; } = Stopwatch.GetTimestamp();

    public Task Left => _left.Task;

    public void Send(ControlKind kind, string text = "")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, LongestText);
        byte[] frame = new byte[HeaderBytes + length];
        frame[0] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(1), _generation);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(9), length);
        bytes.AsSpan(0, length).CopyTo(frame.AsSpan(HeaderBytes));
        lock (_lock)
        {
            try
            {
                _wire.Send(frame);
            }
            catch (ObjectDisposedException)
            {
                // Closed by an abort on another thread.
            }
        }
    }

    /// <summary>Reads what has come; returns why the generation is over, or null.</summary>
    public string? Read()
    {
        while (!Left.IsCompleted)
        {
            int? read;
            try
            {
                read = _wire.TryRead(_inbox.AsSpan(_filled));
            }
            catch (Exception failure) when (PeerLostException.Is(failure))
            {
                return $"the connection to rank {Rank} was closed{(failure.GetBaseException() is SocketException { SocketErrorCode: var error } ? $" ({error})" : "")}";
            }
            if (read is null)
                return null;
            if (read == 0)
                return $"the connection to rank {Rank} was closed";
            LastHeard = Stopwatch.GetTimestamp();
            _filled += read.Value;
            if (TakeFrames() is { } over)
                return over;
        }
        return null;
    }

    public void Dispose() => _wire.Dispose();

    private string? TakeFrames()
    {
        int taken = 0;
        string? over = null;
        while (over is null && _filled - taken >= HeaderBytes)
        {
            ReadOnlySpan<byte> rest = _inbox.AsSpan(taken, _filled - taken);
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest[9..]);
            if (length is < 0 or > LongestText || BinaryPrimitives.ReadInt64LittleEndian(rest[1..]) != _generation)
                return $"rank {Rank} sent a control frame that is not of generation {_generation}";
            if (rest.Length < HeaderBytes + length)
                break;
            over = Handle((ControlKind)rest[0], rest.Slice(HeaderBytes, length));
            taken += HeaderBytes + length;
        }
        _inbox.AsSpan(taken, _filled - taken).CopyTo(_inbox);
        _filled -= taken;
        return over;
    }

    private string? Handle(ControlKind kind, ReadOnlySpan<byte> text)
    {
        if (kind == ControlKind.Leave)
            _left.TrySetResult();
        return kind == ControlKind.Abort ? Encoding.UTF8.GetString(text) : null;
    }
}
