using System.Globalization;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Silo;

/// <summary>Writes one category's entries as lines of the silo's log file.</summary>
internal sealed class FileLogger(string category, FileLoggerProvider file) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var time = DateTimeOffset.Now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var line = $"{time} {logLevel,-11} {category} [{eventId.Id}] {formatter(state, exception)}";
        file.WriteLine(exception is null ? line : $"{line}{Environment.NewLine}{exception}");
    }
}
