using System.Net;
using System.Net.Sockets;
using HealthGpt.EndToEnd.Tests.Processes;
using HealthGpt.Silo;

namespace HealthGpt.EndToEnd.Tests;

public sealed class SiloProcessTests : IDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_EndsItGracefully(string signal)
    {
        using var silo = await StartAsync();

        silo.Signal(signal);

        Assert.Equal(0, await silo.EndAsync(StopBound, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ParentGone_EndsIt()
    {
        using var silo = await StartAsync("--with-parent");

        silo.CloseInput();

        Assert.Equal(0, await silo.EndAsync(StopBound, TestContext.Current.CancellationToken));
    }

    private async Task<HealthGptProcess> StartAsync(params string[] options)
    {
        var file = _folder["healthgpt.yaml"];
        var configuration = new SiloConfiguration
        {
            Name = "silo-1",
            ClusterFolder = _folder["cluster"],
            SiloPort = FreePort(),
            GatewayPort = FreePort(),
            Devices = ["cpu:0"],
            CacheFolder = _folder["cache"],
            Threads = 1,
            LogFile = _folder["silo-1.log"],
        };
        await File.WriteAllTextAsync(file, configuration.ToYaml(), TestContext.Current.CancellationToken);
        var silo = HealthGptProcess.Start(["silo", "--config", file, .. options]);
        await silo.SayAsync("\"state\":\"ready\"", StartBound, TestContext.Current.CancellationToken);
        Assert.False(silo.HasExited, silo.Said);
        return silo;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
