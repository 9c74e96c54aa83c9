using System.Net;
using System.Net.Sockets;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class SiloCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MisspeltKey_ExitsWith78_AndSuggestsTheRightOne()
    {
        var file = _folder.Write("healthgpt.yaml", "name: silo-1\ncluster: { folder: cluster }\nports: { silo: 1, gatway: 2 }\n");

        var run = await CommandLine.RunAsync("silo", "--config", file);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains($"error: {file} is wrong; it has 2 problems; correct each and run again", run.Error, StringComparison.Ordinal);
        Assert.Contains("'ports.gatway' is '2': there is no such key; did you mean 'ports.gateway'?", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["cluster"]));
    }

    [Fact]
    public async Task MissingFile_ExitsWith78_AndNamesIt()
    {
        var run = await CommandLine.RunAsync("silo", "--config", _folder["none.yaml"]);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("none.yaml", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("gateway")]
    public async Task PortInUse_ExitsWith1_NamesPortAndSetting_AndJoinsNothing(string taken)
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var held = ((IPEndPoint)holder.LocalEndpoint).Port;
        var (silo, gateway) = taken == "silo" ? (held, FreePort()) : (FreePort(), held);
        var file = _folder.Write("healthgpt.yaml", $"name: silo-1\ncluster: {{ folder: cluster }}\nports: {{ silo: {silo}, gateway: {gateway} }}\n");

        var run = await CommandLine.RunAsync("silo", "--config", file);

        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains($"error: port {held} is in use; 'ports.{taken}' names it", run.Error, StringComparison.Ordinal);
        Assert.Contains("set 'ports." + taken + "' to a free port", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["cluster"]));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
