using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace HealthGpt.Collectives;

internal static class MemberAddress
{
    public static string Format(string host, int port) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";

    public static EndPoint Parse(string member) =>
        TryParse(member, out EndPoint? endPoint) ? endPoint : throw new FormatException($"'{member}' is not host:port; use the EndPoint of a PeerListener");

    public static bool TryParse(string member, [NotNullWhen(true)] out EndPoint? endPoint)
    {
        endPoint = null;
        int colon = member.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(member.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
            return false;
        string host = member[..colon].Trim('[', ']');
        endPoint = IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
        return true;
    }
}
