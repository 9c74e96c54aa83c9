using HealthGpt.Storage.Files;
using Xunit;

namespace HealthGpt.Storage.Tests.Files;

public sealed class ScratchFolderTests : IDisposable
{
    private const string Prefix = "healthgpt-kind-";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Create_RemovesFoldersOfItsKind_WhoseOwnerWasKilled_AndNoOther()
    {
        using var mine = ScratchFolder.Create(Prefix, _folder.Path);
        var others = Make(Prefix + "others");
        Make(Prefix + "unmarked");
        Make("healthgpt-other");
        using var owner = LockHolder.Start(Path.Combine(others, ScratchFolder.MarkName));
        try
        {
            Assert.Equal(LockHolder.Ready, await owner.StandardOutput.ReadLineAsync(Token));
            Assert.Equivalent(new[] { mine.Path, others, _folder[Prefix + "unmarked"], _folder["healthgpt-other"] }, FoldersAfterTheNext(), strict: true);
        }
        finally
        {
            owner.Kill();
        }

        await owner.WaitForExitAsync(Token);
        Directory.SetLastWriteTimeUtc(_folder[Prefix + "unmarked"], DateTime.UtcNow.AddDays(-2));
        Assert.Equivalent(new[] { mine.Path, _folder["healthgpt-other"] }, FoldersAfterTheNext(), strict: true);
    }

    [Fact]
    public void Folders_that_are_made_at_the_same_time_stay_until_their_owners_let_them_go()
    {
        Parallel.For(0, 8, _ =>
        {
            for (var round = 0; round < 100; round++)
            {
                using var mine = ScratchFolder.Create(Prefix, _folder.Path);
                var file = Path.Combine(mine.Path, "x");
                File.WriteAllText(file, "");
                Thread.Yield();
                Assert.True(File.Exists(file));
            }
        });

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private string[] FoldersAfterTheNext()
    {
        using (ScratchFolder.Create(Prefix, _folder.Path))
        {
        }

        return Directory.GetDirectories(_folder.Path);
    }

    private string Make(string name)
    {
        var path = _folder[name];
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "fusion.safetensors"), "");
        return path;
    }
}
