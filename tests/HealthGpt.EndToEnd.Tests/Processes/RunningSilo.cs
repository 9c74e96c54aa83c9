using HealthGpt.Cli.Demo;
using HealthGpt.Silo;

namespace HealthGpt.EndToEnd.Tests.Processes;

/// <summary>Starts the only silo of a cluster in a folder.</summary>
internal static class RunningSilo
{
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);

    public static async Task<HealthGptProcess> StartAsync(TemporaryFolder folder, params string[] options)
    {
        var ports = FreePorts.Take(2);
        var configuration = new SiloConfiguration
        {
            Name = "silo-1",
            ClusterFolder = folder["cluster"],
            SiloPort = ports[0],
            GatewayPort = ports[1],
            Devices = ["cpu:0"],
            CacheFolder = folder["cache"],
            Threads = 1,
            LogFile = folder["silo-1.log"],
        };
        await File.WriteAllTextAsync(folder["healthgpt.yaml"], configuration.ToYaml(), TestContext.Current.CancellationToken);
        var silo = HealthGptProcess.Start(["silo", "--config", folder["healthgpt.yaml"], .. options]);
        await silo.SayAsync("\"state\":\"ready\"", StartBound, TestContext.Current.CancellationToken);
        Assert.False(silo.HasExited, silo.Said);
        return silo;
    }
}
