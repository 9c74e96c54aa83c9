using HealthGpt.Silo;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cli.Tests.Silo;

public sealed class FileLoggerProviderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FullDisk_EndsNothing_AndIsToldOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is Linux'");
        var error = new StringWriter();

        using (var log = new FileLoggerProvider("/dev/full", error)) Log(log, lines: 3);

        Assert.Equal("warning: the log '/dev/full' cannot be written; No space left on device : '/dev/full'; what does not fit is missing from it\n", error.ToString());
    }

    [Fact]
    public void PlaceWhereNoFileCanBeMade_EndsNothing_AndIsToldOnce()
    {
        var path = Path.Combine(_folder.Write("file", ""), "silo.log");
        var error = new StringWriter();

        using (var log = new FileLoggerProvider(path, error)) Log(log, lines: 3);

        Assert.StartsWith($"warning: the log '{path}' cannot be written; ", Assert.Single(error.ToString().TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static void Log(FileLoggerProvider log, int lines)
    {
        var logger = log.CreateLogger("worker-1");
        for (var line = 0; line < lines; line++) logger.LogError(new IOException("lost"), "Line {Line}", line);
    }
}
