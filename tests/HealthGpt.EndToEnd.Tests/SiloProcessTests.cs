using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests;

public sealed class SiloProcessTests : IDisposable
{
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_EndsItGracefully(string signal)
    {
        using var silo = await RunningSilo.StartAsync(_folder);

        silo.Signal(signal);

        Assert.Equal(0, await silo.EndAsync(StopBound, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ParentGone_EndsIt()
    {
        using var silo = await RunningSilo.StartAsync(_folder, "--with-parent");

        silo.CloseInput();

        Assert.Equal(0, await silo.EndAsync(StopBound, TestContext.Current.CancellationToken));
    }
}
