using Microsoft.Extensions.Logging;

namespace HealthGpt.Silo;

/// <summary>A log file that is flushed line by line, so that the last words of a killed silo are in it.</summary>
public sealed class FileLoggerProvider : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly StreamWriter _writer;
    private bool _disposed;

    /// <summary>Opens the file for appending; others may read it meanwhile.</summary>
    public FileLoggerProvider(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    }

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new FileLogger(categoryName, this);

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _writer.Dispose();
        }
    }

    internal void WriteLine(string line)
    {
        lock (_lock)
        {
            if (!_disposed)
                _writer.WriteLine(line);
        }
    }
}
