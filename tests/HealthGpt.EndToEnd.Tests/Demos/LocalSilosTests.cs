using System.Net;
using System.Net.Sockets;
using HealthGpt.Cli;
using HealthGpt.Cli.Demo;
using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests.Demos;

public sealed class LocalSilosTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly TcpListener _holder = new(IPAddress.Loopback, 0);

    public LocalSilosTests() => _holder.Start();

    private int Held => ((IPEndPoint)_holder.LocalEndpoint).Port;

    public void Dispose()
    {
        _holder.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task PortTakenAfterItWasPicked_GivesTheSiloOthers()
    {
        var takes = 0;
        await using (var silos = new LocalSilos(count => takes++ == 0 ? [Held, .. FreePorts.Take(count - 1)] : FreePorts.Take(count)))
        {
            await silos.StartAsync(new DemoFiles(_folder.Path), Deadline, TestContext.Current.CancellationToken);

            Assert.Equal(["silo-1", "silo-2", "silo-3"], silos.Children.Select(child => child.Name));
            Assert.DoesNotContain(silos.Children, child => child.Configuration.SiloPort == Held);
            // More, where the machine took one of the others too.
            Assert.InRange(takes, 2, 4);
        }

        Assert.Empty(ProcessList.Naming(_folder.Path));
    }

    [Fact]
    public async Task PortsTakenAgainAndAgain_AreAClearError()
    {
        await using (var silos = new LocalSilos(count => [Held, .. FreePorts.Take(count - 1)]))
        {
            var error = await Assert.ThrowsAsync<CommandException>(() => silos.StartAsync(new DemoFiles(_folder.Path), Deadline, TestContext.Current.CancellationToken));

            Assert.Equal(ExitCodes.Failed, error.ExitCode);
            Assert.Contains($"silo-1 has no free port; other processes took its ports 4 times before it could listen, last {Held}", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(ProcessList.Naming(_folder.Path));
    }
}
