using HealthGpt.Storage.Files;
using Xunit;

namespace HealthGpt.Storage.Tests.Files;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TwoNamesOfAPlace_AreSame_AlsoBehindLinksAndWhereNothingIsYet()
    {
        Directory.CreateDirectory(_folder["real"]);
        Directory.CreateSymbolicLink(_folder["link"], "real");
        File.CreateSymbolicLink(_folder["file"], _folder["link/new"]);

        Assert.True(RealPath.AreSame(_folder["real/new"], _folder["link/../link/new"]));
        Assert.True(RealPath.AreSame(_folder["real/new"], _folder["file"]));
        Assert.False(RealPath.AreSame(_folder["real/new"], _folder["real/newer"]));
        Assert.True(RealPath.IsIn(_folder["link/a/b"], _folder["real"] + "/"));
        Assert.False(RealPath.IsIn(_folder["really"], _folder["real"]));
        Assert.True(RealPath.IsIn(_folder["real"], "/"));
    }

    [Fact]
    public void LinksInACircle_AreAnError()
    {
        File.CreateSymbolicLink(_folder["a"], "b");
        File.CreateSymbolicLink(_folder["b"], "a");

        Assert.Contains("lead in a circle", Assert.Throws<IOException>(() => RealPath.Of(_folder["a"])).Message, StringComparison.Ordinal);
    }
}
