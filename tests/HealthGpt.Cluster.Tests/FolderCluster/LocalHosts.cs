using System.Net;
using System.Net.Sockets;
using HealthGpt.Cluster.FolderCluster;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace HealthGpt.Cluster.Tests.FolderCluster;

/// <summary>Real silos and clients of this process over one folder, on free ports.</summary>
internal static class LocalHosts
{
    public static IHost Silo(string folder) => new HostBuilder()
        .UseOrleans(silo =>
        {
            silo.UseFolderCluster(folder);
            silo.Configure<EndpointOptions>(o =>
            {
                o.AdvertisedIPAddress = IPAddress.Loopback;
                (o.SiloPort, o.GatewayPort) = FreePorts();
            });
        })
        .ConfigureLogging(l => l.SetMinimumLevel(LogLevel.Error))
        .Build();

    public static IHost Client(string folder) => new HostBuilder()
        .UseOrleansClient(client => client.UseFolderCluster(folder))
        .ConfigureLogging(l => l.SetMinimumLevel(LogLevel.Error))
        .Build();

    // Both are held until both are known, so that they differ.
    private static (int Silo, int Gateway) FreePorts()
    {
        using var silo = new TcpListener(IPAddress.Loopback, 0);
        using var gateway = new TcpListener(IPAddress.Loopback, 0);
        silo.Start();
        gateway.Start();
        return (((IPEndPoint)silo.LocalEndpoint).Port, ((IPEndPoint)gateway.LocalEndpoint).Port);
    }
}
