using HealthGpt.Storage.Tests.Blobs;

[assembly: AssemblyFixture(typeof(Azurite))]

namespace HealthGpt.Storage.Tests.Blobs;

/// <summary>One Azurite for all tests of the assembly, started by the first that asks for it.</summary>
public sealed class Azurite : IAsyncDisposable
{
    private readonly Lazy<Task<AzuriteServer>> _server = new(() => AzuriteServer.StartAsync(CancellationToken.None));

    /// <summary>The server; the test is skipped where it is not installed.</summary>
    internal async Task<AzuriteServer> ServerAsync()
    {
        Assert.SkipUnless(AzuriteServer.IsInstalled, AzuriteServer.Missing);
        return await _server.Value;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully) await (await _server.Value).DisposeAsync();
    }
}
