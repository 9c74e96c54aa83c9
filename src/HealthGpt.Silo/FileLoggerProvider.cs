using HealthGpt.Storage.Files;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Silo;

/// <summary>
/// A log file that is flushed line by line, so that the last words of a killed silo are in it. Whoever logs never fails by it: what a full disk or a read-only place refuses is left out, which is
/// said once on standard error.
/// </summary>
public sealed class FileLoggerProvider : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TextWriter _error;
    private readonly StreamWriter? _writer;
    private bool _disposed;
    private bool _isIncomplete;

    /// <summary>Opens the file for appending; others may read it meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">Hears once that lines are missing; standard error where it is null.</param>
    public FileLoggerProvider(string path, TextWriter? error = null)
    {
        _path = path;
        _error = error ?? Console.Error;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            // Without a buffer of its own, so that what a full disk has refused is not tried again with the next line or when the file is closed.
            _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)) { AutoFlush = true };
        }
        catch (Exception exception) when (FileLimit.IsOfFile(exception))
        {
            TellOnce(exception);
        }
    }

    /// <inheritdoc />
    public ILogger CreateLogger(string categoryName) => new FileLogger(categoryName, this);

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            try
            {
                _writer?.Dispose();
            }
            catch (Exception exception) when (FileLimit.IsOfFile(exception))
            {
                TellOnce(exception);
            }
        }
    }

    internal void WriteLine(string line)
    {
        lock (_lock)
        {
            if (_disposed)
                return;

            try
            {
                _writer?.WriteLine(line);
            }
            catch (Exception exception) when (FileLimit.IsOfFile(exception))
            {
                TellOnce(exception);
            }
        }
    }

    private void TellOnce(Exception exception)
    {
        if (_isIncomplete)
            return;

        _isIncomplete = true;
        try
        {
            _error.WriteLine($"warning: the log '{_path}' cannot be written; {FileLimit.ReasonOf(_path, exception)}; what does not fit is missing from it");
        }
        catch (IOException)
        {
            // Standard error is on the same full disk.
        }
    }
}
