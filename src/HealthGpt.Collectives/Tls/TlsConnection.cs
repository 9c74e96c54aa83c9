using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HealthGpt.Collectives.Tls;

/// <summary>A socket and the TLS over it. Whom it leads to shows only when the peer proves the group's secret together with <see cref="Binding"/>.</summary>
[SuppressMessage("Security", "CA5398", Justification = "TLS 1.3 alone: older versions would only widen what has to be trusted, and all ranks are of one release.")]
internal sealed class TlsConnection : IDisposable
{
    /// <summary>The first byte of a TLS connection: a handshake record (RFC 8446, section 5.1).</summary>
    public const byte FirstByte = 22;

    private TlsConnection(Socket socket, CipherStream cipher, SslStream stream, byte[] binding)
    {
        Socket = socket;
        Cipher = cipher;
        Stream = stream;
        Binding = binding;
    }

    public Socket Socket { get; }

    public CipherStream Cipher { get; }

    public SslStream Stream { get; }

    /// <summary>The hash of the called side's certificate.</summary>
    public byte[] Binding { get; }

    /// <summary>The called side.</summary>
    /// <exception cref="JoinRefusedException">The caller does not speak TLS 1.3.</exception>
    public static Task<TlsConnection> AcceptAsync(Socket socket, TlsIdentity identity, CancellationToken cancellation)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = identity.Context,
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowRenegotiation = false,
            AllowTlsResume = false,
        };
        return ShakeHandsAsync(socket, stream => stream.AuthenticateAsServerAsync(options, cancellation), () => identity.Hash);
    }

    /// <summary>The calling side.</summary>
    /// <exception cref="JoinRefusedException">What is called does not speak TLS 1.3.</exception>
    [SuppressMessage("Security", "CA5359", Justification = "The certificate is checked by the proof that covers it, not by an authority.")]
    public static Task<TlsConnection> ConnectAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] binding = [];
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = string.Empty,
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                if (certificate is null)
                    return false;
                binding = TlsIdentity.HashOf(certificate);
                return true;
            },
        };
        return ShakeHandsAsync(socket, stream => stream.AuthenticateAsClientAsync(options, cancellation), () => binding);
    }

    /// <summary>Frees the TLS and says nothing to the peer; the socket stays.</summary>
    public void Dispose() => Stream.Dispose();

    private static async Task<TlsConnection> ShakeHandsAsync(Socket socket, Func<SslStream, Task> shakeHands, Func<byte[]> binding)
    {
        var cipher = new CipherStream(socket);
        var stream = new SslStream(cipher, leaveInnerStreamOpen: true);
        try
        {
            await shakeHands(stream);
            return new TlsConnection(socket, cipher, stream, binding());
        }
        catch (Exception failure)
        {
            await stream.DisposeAsync();
            if (failure is AuthenticationException or CryptographicException or InvalidOperationException or PlatformNotSupportedException)
                throw new JoinRefusedException(JoinRefusal.Encryption, $"no TLS came about: {Innermost(failure)}; see that the address is a worker's of the same release");
            throw;
        }
    }

    private static string Innermost(Exception failure) => failure.GetBaseException().Message.TrimEnd('.');
}
