using System.Net;
using System.Net.Sockets;

namespace HealthGpt.Silo;

/// <summary>Looks whether ports are free before a silo joins, because a silo that fails while it joins leaves a stale row behind.</summary>
public static class PortCheck
{
    /// <summary>Throws when one of the silo's ports is taken.</summary>
    /// <exception cref="PortInUseException">The port is taken.</exception>
    public static void DemandFree(SiloConfiguration configuration)
    {
        DemandFree("ports.silo", configuration.SiloPort);
        DemandFree("ports.gateway", configuration.GatewayPort);
    }

    private static void DemandFree(string key, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            throw new PortInUseException(key, port);
        }
    }
}
