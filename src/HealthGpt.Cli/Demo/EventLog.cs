using System.Text.Json;
using HealthGpt.Cli.Commands;
using HealthGpt.Cli.Progress;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cli.Demo;

/// <summary>What happened, as JSON lines in events.jsonl and as lines for people.</summary>
internal sealed class EventLog(string path, ITrainingProgress progress) : IDisposable
{
    private readonly StreamWriter _file = new(path, append: false) { AutoFlush = true };

    public void Add(JobEvent happened)
    {
        Write(happened);
        progress.Event(JobLine.Of(happened));
    }

    /// <summary>An event of the demo itself.</summary>
    public void Add(string type, string message, string? silo = null)
    {
        Write(new { At = DateTimeOffset.UtcNow, Type = type, Silo = silo, Message = message });
        progress.Event(message);
    }

    public void Dispose() => _file.Dispose();

    private void Write<T>(T happened) => _file.WriteLine(JsonSerializer.Serialize(happened, CommandOutput.JsonForm));
}
