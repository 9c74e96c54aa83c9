using System.Text.Json;
using HealthGpt.Cli.Terminal;
using HealthGpt.Storage.Files;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>One worker as a child process. What it prints besides its progress goes to a file beside its log.</summary>
internal sealed class WorkerProcess : ChildProcess
{
    private const int KilledBase = 128;

    private readonly TextWriter _error;
    private readonly Action<WorkerProcess, WorkerMessage> _told;
    private readonly Action<WorkerProcess> _ended;
    private bool _isIncomplete;

    private WorkerProcess(WorkerStart start, TextWriter error, Action<WorkerProcess, WorkerMessage> told, Action<WorkerProcess> ended)
        : base(Path.ChangeExtension(start.LogFile, ".output.txt"), "train", "worker") => (Name, _error, _told, _ended) = (start.Name, error, told, ended);

    public string Name { get; }

    /// <summary>Starts a process.</summary>
    /// <param name="start">Its orders.</param>
    /// <param name="error">Hears once that what it prints cannot be kept.</param>
    /// <param name="told">Hears what it says, on any thread.</param>
    /// <param name="ended">Hears of its end, after all that it has told.</param>
    public static WorkerProcess Start(WorkerStart start, TextWriter error, Action<WorkerProcess, WorkerMessage> told, Action<WorkerProcess> ended)
    {
        var worker = new WorkerProcess(start, error, told, ended);
        worker.Start();
        worker.Send(start);
        return worker;
    }

    public void Join(GroupAssignment assignment) => Send(new WorkerOrder { Join = assignment });

    /// <summary>Asks for a sign of life.</summary>
    public void Call(long number) => Send(new WorkerOrder { Call = number });

    /// <summary>How it ended, in words.</summary>
    public string HowItEnded() => ExitCode > KilledBase ? $"its process was ended by signal {ExitCode - KilledBase}" : $"its process ended with exit code {ExitCode}";

    protected override void Hear(string line)
    {
        if (line is not ['{', ..])
        {
            Keep(line);
            return;
        }

        try
        {
            _told(this, JsonSerializer.Deserialize<WorkerMessage>(line, CommandOutput.JsonForm)!);
        }
        catch (JsonException)
        {
            // Half a line is what a killed process leaves.
            Keep(line);
        }
    }

    protected override void Ended() => _ended(this);

    protected override void NotWritten(string path, Exception exception)
    {
        if (!_isIncomplete) _error.WriteLine($"warning: '{path}' cannot be written; {FileLimit.ReasonOf(path, exception)}; the run goes on, and what {Name} prints and logs may be lost");
        _isIncomplete = true;
    }

    private void Send<T>(T order) => Say(JsonSerializer.Serialize(order, CommandOutput.JsonForm));
}
