using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Runtime;
using Xunit;

namespace HealthGpt.Cluster.Tests.FolderCluster;

public sealed class TwoSilosTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task TheClusterOutlivesItsFirstSilo_AndStatesAreReadFromTheSecond()
    {
        const int Grains = 8;
        using IHost first = LocalHosts.Silo(_folder.Path);
        await first.StartAsync(Token);
        using IHost second = LocalHosts.Silo(_folder.Path);
        await second.StartAsync(Token);
        using IHost client = LocalHosts.Client(_folder.Path);
        await client.StartAsync(Token);
        IGrainFactory grains = client.Services.GetRequiredService<IGrainFactory>();
        for (int i = 0; i < Grains; i++)
            Assert.Equal(1, await grains.GetGrain<ITallyGrain>($"job/{i}").AddAsync("one"));
        Assert.Equal(2, (await grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, Token)).Count);

        await first.StopAsync(Token);

        using IHost late = LocalHosts.Client(_folder.Path);
        await late.StartAsync(Token);
        IGrainFactory fromSecond = late.Services.GetRequiredService<IGrainFactory>();
        for (int i = 0; i < Grains; i++)
        {
            Assert.Equal(2, await fromSecond.GetGrain<ITallyGrain>($"job/{i}").AddAsync("two"));
            Assert.Equal(["one", "two"], (await fromSecond.GetGrain<ITallyGrain>($"job/{i}").GetAsync()).Words);
        }

        await late.StopAsync(Token);
        await client.StopAsync(Token);
        await second.StopAsync(Token);
    }

    public void Dispose() => _folder.Dispose();
}
