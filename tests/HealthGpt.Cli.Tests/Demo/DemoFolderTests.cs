using HealthGpt.Cli.Demo;

namespace HealthGpt.Cli.Tests.Demo;

public sealed class DemoFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("file/demo")]
    [InlineData("file")]
    public async Task OutputFolderThatCannotBe_ExitsWith1_AndNamesIt(string name)
    {
        _folder.Write("file", "a file, no folder");

        var run = await CommandLine.RunAsync("demo", "--out", _folder[name]);

        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains($"error: the output folder '{_folder[name]}' cannot be written to", run.Error, StringComparison.Ordinal);
        Assert.Contains("--out", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadOnlyFileSystem_ExitsWith1()
    {
        Assert.SkipUnless(Directory.Exists("/proc/sys"), "there is no read-only file system at /proc on this machine");

        var run = await CommandLine.RunAsync("demo", "--out", "/proc/sys/healthgpt-demo");

        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("cannot be written to", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Clear_ReplacesWhatADemoMade_AndKeepsTheRest()
    {
        _folder.Write("notes.txt", "mine");
        var files = new DemoFiles(_folder.Path);
        using (var first = DemoFolder.Open(files))
        {
            first.Clear();
            File.WriteAllText(files.Losses, "old");
            File.WriteAllText(Path.Combine(files.Cluster, "membership"), "old");
        }

        using var second = DemoFolder.Open(files);
        second.Clear();

        Assert.True(File.Exists(_folder["notes.txt"]));
        Assert.False(File.Exists(files.Losses));
        Assert.Empty(Directory.EnumerateFileSystemEntries(files.Cluster));
    }

    [Fact]
    public void Clear_RefusesARunFolderThatNoDemoMade()
    {
        Directory.CreateDirectory(_folder["run"]);
        _folder.Write("run/thesis.txt", "mine");
        using var demo = DemoFolder.Open(new DemoFiles(_folder.Path));

        var refused = Assert.Throws<CommandException>(demo.Clear);

        Assert.Contains("is in the way", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["run/thesis.txt"]));
    }

    [Fact]
    public void Clear_RefusesAResultThatNoDemoMade()
    {
        _folder.Write("losses.csv", "mine");

        // A refusal leaves nothing that a second run would take for a mark of its own.
        for (var run = 0; run < 2; run++)
        {
            using var demo = DemoFolder.Open(new DemoFiles(_folder.Path));

            var refused = Assert.Throws<CommandException>(demo.Clear);

            Assert.Contains($"'{_folder["losses.csv"]}' is in the way", refused.Message, StringComparison.Ordinal);
            Assert.Equal("mine", File.ReadAllText(_folder["losses.csv"]));
        }
    }

    [Fact]
    public void Clear_ReplacesResultsOfADemo_ThatHaveOutlivedItsRunFolder()
    {
        var files = new DemoFiles(_folder.Path);
        using (var first = DemoFolder.Open(files))
        {
            first.Clear();
            File.WriteAllText(files.Losses, "old");
            Directory.Delete(files.Run, recursive: true);
        }

        using var second = DemoFolder.Open(files);
        second.Clear();

        Assert.False(File.Exists(files.Losses));
    }

    [Fact]
    public void Open_WhileAnotherDemoWritesThere_IsRefused()
    {
        using var demo = DemoFolder.Open(new DemoFiles(_folder.Path));

        var refused = Assert.Throws<CommandException>(() => DemoFolder.Open(new DemoFiles(_folder.Path)));

        Assert.Contains("another demo writes to it", refused.Message, StringComparison.Ordinal);
    }
}
