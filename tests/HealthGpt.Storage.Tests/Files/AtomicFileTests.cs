using System.Runtime.Versioning;
using HealthGpt.Storage.Files;
using Xunit;

namespace HealthGpt.Storage.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_name_may_be_as_long_as_names_can_be()
    {
        using var folder = new TemporaryFolder();
        var path = folder[new string('n', 255)];

        AtomicFile.Write(path, [1]);

        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void A_file_keeps_its_rights_when_it_is_replaced()
    {
        using var folder = new TemporaryFolder();
        foreach (var rights in (UnixFileMode[])[UnixFileMode.UserRead | UnixFileMode.UserWrite, (UnixFileMode)0b110_110_110])
        {
            File.WriteAllText(folder["x"], "old");
            File.SetUnixFileMode(folder["x"], rights);

            AtomicFile.Write(folder["x"], "new"u8);

            Assert.Equal(("new", rights), (File.ReadAllText(folder["x"]), File.GetUnixFileMode(folder["x"])));
        }
    }

    [Fact]
    public async Task Write_OverAnOldFile_ReplacesItAndLeavesNothingElse()
    {
        string path = _folder["state"];
        AtomicFile.Write(path, "a long old content"u8);
        await AtomicFile.WriteAsync(path, "new"u8.ToArray(), Token);

        Assert.Equal("new", await File.ReadAllTextAsync(path, Token));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void WriteUnlessThere_LeavesAFileThatCameMeanwhile_AndNothingElse()
    {
        var path = _folder["weights"];

        Assert.Throws<IOException>(() => AtomicFile.WriteUnlessThere(path, stream =>
        {
            stream.Write("mine"u8);
            AtomicFile.WriteUnlessThere(path, other => other.Write("another's"u8));
        }));

        Assert.Equal("another's", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Write_ThatFailsHalfWay_LeavesTheOldContentAndNothingElse()
    {
        string path = _folder["state"];
        AtomicFile.Write(path, "old"u8);
        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidDataException();
        }));
        Assert.Equal("old", await File.ReadAllTextAsync(path, Token));

        AtomicFile.Write(path, stream => stream.Write("whole"u8));
        Assert.Equal("whole", await File.ReadAllTextAsync(path, Token));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_WhoseContentIsOutOfARange_IsNotTakenForAFileThatIsTooLarge()
    {
        var mistake = new ArgumentOutOfRangeException("value", "no such row");

        Assert.Same(mistake, Assert.Throws<ArgumentOutOfRangeException>(() => AtomicFile.Write(_folder["state"], _ => throw mistake)));

        Assert.False(FileLimit.IsOfFile(mistake));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Write_WhileOthersRead_ShowsWholeContentsOnly()
    {
        string path = _folder["state"];
        byte[] Content(int i) => [.. Enumerable.Repeat((byte)i, 1000 + (i * 500))];
        AtomicFile.Write(path, Content(0));

        using var done = new CancellationTokenSource();
        Task reader = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                byte[] seen = File.ReadAllBytes(path);
                Assert.Equal(Content(seen[0]), seen);
            }
        }, Token);
        for (int i = 1; i <= 100; i++)
            AtomicFile.Write(path, Content(i));
        await done.CancelAsync();
        await reader;
    }

    [Fact]
    public async Task Write_Cancelled_KeepsTheOldContentAndLeavesNothingElse()
    {
        string path = _folder["state"];
        AtomicFile.Write(path, "old"u8);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AtomicFile.WriteAsync(path, new byte[100], new CancellationToken(canceled: true)));

        Assert.Equal("old", await File.ReadAllTextAsync(path, Token));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void RemoveLeftovers_OfKilledWriters_RemovesOnlyOldTemporaryFiles()
    {
        string kept = _folder["state"];
        AtomicFile.Write(kept, "content"u8);
        string old = _folder[".state.0123456789abcdef.tmp~"];
        string young = _folder[".state.fedcba9876543210.tmp~"];
        File.WriteAllText(old, "con");
        File.WriteAllText(young, "con");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-1));
        File.SetLastWriteTimeUtc(kept, DateTime.UtcNow.AddHours(-1));

        AtomicFile.RemoveLeftovers(_folder.Path, TimeSpan.FromMinutes(10));

        Assert.Equal([young, kept], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}
