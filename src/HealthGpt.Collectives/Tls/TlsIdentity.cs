using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HealthGpt.Collectives.Tls;

/// <summary>
/// A listener's certificate, made when it first needs one and gone with it. Its names and dates say nothing: a peer takes it because the proof of the group's secret covers its
/// hash.
/// </summary>
internal sealed class TlsIdentity : IDisposable
{
    private readonly X509Certificate2 _certificate;

    public TlsIdentity()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=healthgpt worker", key, HashAlgorithmName.SHA256);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        Context = SslStreamCertificateContext.Create(_certificate, null, offline: true);
        Hash = HashOf(_certificate);
    }

    public SslStreamCertificateContext Context { get; }

    /// <summary>What stands for the connection in a proof.</summary>
    public byte[] Hash { get; }

    /// <summary>SHA-256 of a certificate, as the channel binding tls-server-end-point has it (RFC 5929, section 4).</summary>
    public static byte[] HashOf(X509Certificate certificate) => certificate.GetCertHash(HashAlgorithmName.SHA256);

    public void Dispose() => _certificate.Dispose();
}
