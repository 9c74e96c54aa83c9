using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using HealthGpt.Collectives.Tls;

namespace HealthGpt.Collectives.Joining;

/// <summary>A connection on which two ranks shake hands, plain or in TLS; it goes on as what the two agree on.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Socket and TLS go on in a PeerChannel, or the join disposes them.")]
internal sealed class JoinConnection
{
    private JoinConnection(Socket socket, TlsConnection? tls)
    {
        Socket = socket;
        Tls = tls;
        Stream = tls is null ? new NetworkStream(socket) : tls.Stream;
    }

    public Socket Socket { get; }

    /// <summary>Null where the connection is plain.</summary>
    public TlsConnection? Tls { get; }

    public Stream Stream { get; }

    public Encryption Encryption => Tls is null ? Encryption.Off : Encryption.Tls;

    /// <summary>What stands for the connection in a proof: who ends the TLS on the way shows a certificate of his own, and both proofs fail.</summary>
    public byte[] Binding => Tls?.Binding ?? new byte[JoinProof.BindingBytes];

    /// <summary>What else a proof that fails over this connection can mean.</summary>
    public static string OrRelayed(JoinConnection connection) => connection.Tls is null ? string.Empty : ", or somebody on the way ends the TLS";

    /// <summary>The calling side.</summary>
    public static async Task<JoinConnection> ConnectAsync(Socket socket, Encryption encryption, CancellationToken cancellation) =>
        new(socket, encryption == Encryption.Tls ? await TlsConnection.ConnectAsync(socket, cancellation) : null);

    /// <summary>The called side: takes what the caller begins with; the group says later whether that will do.</summary>
    public static async Task<JoinConnection> AcceptAsync(Socket socket, Lazy<TlsIdentity> identity, CancellationToken cancellation)
    {
        byte[] first = new byte[1];
        if (await socket.ReceiveAsync(first, SocketFlags.Peek, cancellation) == 0)
            throw new EndOfStreamException("the connection was closed");
        return new JoinConnection(socket, first[0] == TlsConnection.FirstByte ? await TlsConnection.AcceptAsync(socket, identity.Value, cancellation) : null);
    }
}
