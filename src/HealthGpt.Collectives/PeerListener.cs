using System.Net;
using System.Net.Sockets;
using HealthGpt.Collectives.Joining;
using HealthGpt.Collectives.Links;
using HealthGpt.Collectives.Tls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HealthGpt.Collectives;

/// <summary>The port on which a worker's peers reach it: one a worker, for all jobs and generations. Groups that have formed outlive it.</summary>
public sealed class PeerListener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stopped = new();
    private readonly HashSet<Task> _joins = [];
    private readonly Lazy<TlsIdentity> _identity = new(() => new TlsIdentity());
    private readonly JoinLog _log;
    private readonly Task _accepting;

    private PeerListener(Socket socket, string endPoint, ILogger logger)
    {
        _socket = socket;
        EndPoint = endPoint;
        _log = new JoinLog(logger);
        _accepting = AcceptAsync();
    }

    /// <summary>Where peers reach this worker: <c>host:port</c>.</summary>
    public string EndPoint { get; }

    internal GroupDirectory Groups { get; } = new();

    /// <summary>Listens.</summary>
    /// <param name="address">The address to listen on; loopback if left out.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="advertisedHost">The host that peers are told, needed when listening on every address.</param>
    /// <param name="logger">Hears of refused joins; nobody if left out.</param>
    /// <exception cref="PeerListenException">The address is taken or not this machine's.</exception>
    public static PeerListener Start(IPAddress? address = null, int port = 0, string? advertisedHost = null, ILogger? logger = null)
    {
        address ??= IPAddress.Loopback;
        if (advertisedHost is null && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
            throw new ArgumentException($"address is {address}, which peers cannot connect to; pass the host to tell them as advertisedHost", nameof(advertisedHost));
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Accepted connections inherit the buffers, in time for their window scale.
            SocketBytes.Prepare(socket);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(512);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new PeerListenException($"cannot listen on {MemberAddress.Format(address.ToString(), port)}; {failure.Message}; choose a free port (0 takes any) of this machine", failure);
        }
        return new PeerListener(socket, MemberAddress.Format(advertisedHost ?? address.ToString(), ((IPEndPoint)socket.LocalEndPoint!).Port), logger ?? NullLogger.Instance);
    }

    /// <summary>Stops listening and ends joins under way.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped.IsCancellationRequested)
            return;
        await _stopped.CancelAsync();
        _socket.Dispose();
        await _accepting;
        Task[] joins;
        lock (_joins)
            joins = [.. _joins];
        await Task.WhenAll(joins);
        if (_identity.IsValueCreated)
            _identity.Value.Dispose();
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        var acceptor = new JoinAcceptor(Groups, _identity, _log);
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                Socket peer = await _socket.AcceptAsync(_stopped.Token);
                peer.NoDelay = true;
                Track(acceptor.AcceptAsync(peer, _stopped.Token));
            }
            catch (SocketException) when (!_stopped.IsCancellationRequested)
            {
                // A caller that gave up while it waited in the queue; out of descriptors, it is worth a breath.
                await Task.Delay(10, CancellationToken.None);
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Track(Task join)
    {
        lock (_joins)
            _joins.Add(join);
        join.ContinueWith(
            done =>
            {
                lock (_joins)
                    _joins.Remove(done);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
