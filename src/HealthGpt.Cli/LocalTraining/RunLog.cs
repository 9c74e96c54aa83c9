using System.Text.Json;
using HealthGpt.Cli.Terminal;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>
/// events.jsonl: what happened, a JSON document a line, flushed as it happens. A run that goes on appends to it. With --json standard output has the same lines.
/// </summary>
internal sealed class RunLog : IDisposable
{
    private readonly CommandOutput _output;
    private readonly string _path;
    private readonly StreamWriter _file;
    private long _lastStep;
    private bool _isIncomplete;

    public RunLog(string path, CommandOutput output)
    {
        _output = output;
        _lastStep = LastStepOf(path);
        var isTorn = IsTorn(path);
        _path = path;
        // Without a buffer of its own, so that what a full disk has refused is not tried again when the file is closed.
        _file = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)) { AutoFlush = true };
        if (isTorn) WriteLine("");
    }

    /// <summary>The run goes on after so many steps: those after it come again, those up to it are not written twice.</summary>
    public void GoOnAfter(long step) => _lastStep = Math.Min(_lastStep, step);

    public void Add(RunEvent happened) => Write(happened);

    public void Add(StepEvent step)
    {
        if (step.Step <= _lastStep) return;
        _lastStep = step.Step;
        Write(step);
    }

    public void Dispose() => _file.Dispose();

    private void Write<T>(T happened)
    {
        WriteLine(JsonSerializer.Serialize(happened, CommandOutput.JsonForm));
        _output.JsonLine(happened!);
        if (_output.Json) _output.Out.Flush();
    }

    private void WriteLine(string line)
    {
        try
        {
            _file.WriteLine(line);
        }
        catch (Exception exception) when (FileLimit.IsOfFile(exception))
        {
            if (!_isIncomplete) _output.Error.WriteLine($"warning: '{_path}' cannot be written; {FileLimit.ReasonOf(_path, exception)}; the run goes on, and what does not fit is missing from it");
            _isIncomplete = true;
        }
    }

    private static long LastStepOf(string path) =>
        File.Exists(path) ? File.ReadLines(path).Select(StepOf).Where(step => step > 0).LastOrDefault() : 0;

    private static bool IsTorn(string path)
    {
        if (!File.Exists(path)) return false;

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length == 0) return false;

        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() != '\n';
    }

    // A line that a killed run left half-written counts for nothing.
    private static long StepOf(string line)
    {
        if (!line.Contains($"\"type\":\"{RunEventTypes.Step}\"", StringComparison.Ordinal)) return 0;
        try
        {
            return JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt64();
        }
        catch (JsonException)
        {
            return 0;
        }
    }
}
