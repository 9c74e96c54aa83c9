using System.Net;
using System.Net.Sockets;

namespace HealthGpt.Collectives.Tests;

/// <summary>Somebody on the way to a listener, who passes every connection on and keeps what he could read.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopped = new();
    private readonly List<Task> _tasks = [];
    private readonly List<Capture> _captures = [];
    private readonly string _target;
    private readonly Func<Socket, Socket, Task<(Stream, Stream)>> _join;

    /// <param name="target">The listener.</param>
    /// <param name="join">Makes of the two sockets what is passed on: their bytes, if left out.</param>
    public Relay(string target, Func<Socket, Socket, Task<(Stream, Stream)>>? join = null)
    {
        _target = target;
        _join = join ?? ((caller, called) => Task.FromResult<(Stream, Stream)>((new NetworkStream(caller), new NetworkStream(called))));
        _listener.Start();
        _tasks.Add(AcceptAsync());
    }

    public string EndPoint => _listener.LocalEndpoint.ToString()!;

    /// <summary>What each caller sent and was sent, in the order of the calls.</summary>
    public IReadOnlyList<Capture> Captures
    {
        get
        {
            lock (_captures)
                return [.. _captures];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_tasks);
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _tasks.Add(PassOnAsync(await _listener.AcceptTcpClientAsync(_stopped.Token)));
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task PassOnAsync(TcpClient caller)
    {
        using (caller)
        {
            using var called = new TcpClient();
            try
            {
                await called.ConnectAsync(IPEndPoint.Parse(_target), _stopped.Token);
                var (near, far) = await _join(caller.Client, called.Client);
                var capture = new Capture();
                lock (_captures)
                    _captures.Add(capture);
                await Task.WhenAny(CopyAsync(near, far, capture.FromCaller), CopyAsync(far, near, capture.ToCaller));
            }
            catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
            {
                // One of the two has gone.
            }
        }
    }

    private async Task CopyAsync(Stream from, Stream to, MemoryStream copy)
    {
        byte[] buffer = new byte[64 << 10];
        int read;
        while ((read = await from.ReadAsync(buffer, _stopped.Token)) > 0)
        {
            lock (copy)
                copy.Write(buffer, 0, read);
            await to.WriteAsync(buffer.AsMemory(0, read), _stopped.Token);
        }
    }

    internal sealed class Capture
    {
        public MemoryStream FromCaller { get; } = new();

        public MemoryStream ToCaller { get; } = new();

        public bool Holds(byte[] pattern) => Bytes(FromCaller).AsSpan().IndexOf(pattern) >= 0 || Bytes(ToCaller).AsSpan().IndexOf(pattern) >= 0;

        public static byte[] Bytes(MemoryStream copy)
        {
            lock (copy)
                return copy.ToArray();
        }
    }
}
