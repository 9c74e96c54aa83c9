using System.Diagnostics;
using System.Text.Json;
using HealthGpt.Cli.Terminal;
using HealthGpt.Storage.Files;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>One worker as a child process. What it prints besides its progress goes to a file beside its log.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int TailLines = 8;
    private const int KilledBase = 128;

    private readonly Process _process;
    private readonly Action<WorkerProcess, WorkerMessage> _told;
    private readonly TaskCompletionSource<int> _exitCode = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _printed;
    private readonly Queue<string> _tail = [];
    private readonly Lock _printing = new();
    private readonly TextWriter _error;
    private bool _isIncomplete;

    private WorkerProcess(string name, Process process, string printed, TextWriter error, Action<WorkerProcess, WorkerMessage> told)
    {
        Name = name;
        _process = process;
        _printed = printed;
        _error = error;
        _told = told;
    }

    public string Name { get; }

    public int ProcessId { get; private set; }

    /// <summary>The last lines that it printed, most often why it ended.</summary>
    public IReadOnlyList<string> Tail
    {
        get
        {
            lock (_printing)
                return [.. _tail];
        }
    }

    /// <summary>Starts a process.</summary>
    /// <param name="start">Its orders.</param>
    /// <param name="error">Hears once that what it prints cannot be kept.</param>
    /// <param name="told">Hears what it says, on any thread.</param>
    /// <param name="ended">Hears of its end, after all that it has told.</param>
    public static WorkerProcess Start(WorkerStart start, TextWriter error, Action<WorkerProcess, WorkerMessage> told, Action<WorkerProcess> ended)
    {
        var process = new Process { StartInfo = OwnProcess.With("train", "worker"), EnableRaisingEvents = true };
        var worker = new WorkerProcess(start.Name, process, Path.ChangeExtension(start.LogFile, ".output.txt"), error, told);
        process.OutputDataReceived += (_, line) => worker.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => worker.Keep(line.Data);
        process.Exited += (_, _) =>
        {
            // Waits for the end of what it printed.
            process.WaitForExit();
            worker._exitCode.SetResult(process.ExitCode);
            ended(worker);
        };
        process.Start();
        worker.ProcessId = process.Id;
        ChildProcesses.Add(process);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        worker.Send(start);
        return worker;
    }

    public void Join(GroupAssignment assignment) => Send(new WorkerOrder { Join = assignment });

    /// <summary>Asks for a sign of life.</summary>
    public void Call(long number) => Send(new WorkerOrder { Call = number });

    /// <summary>What it ended with; waits for its end.</summary>
    public int ExitCode => _exitCode.Task.Result;

    /// <summary>How it ended, in words.</summary>
    public string HowItEnded() => ExitCode > KilledBase ? $"its process was ended by signal {ExitCode - KilledBase}" : $"its process ended with exit code {ExitCode}";

    /// <summary>Asks it to end by closing its input, and kills it when the bound is over.</summary>
    public async Task StopAsync(TimeSpan bound)
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Its end of the pipe is closed: it is ending.
        }

        try
        {
            await _exitCode.Task.WaitAsync(bound);
        }
        catch (TimeoutException)
        {
            Kill();
            await _exitCode.Task;
        }
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // Gone already.
        }
    }

    public void Dispose()
    {
        ChildProcesses.Remove(_process);
        _process.Dispose();
    }

    private void Send<T>(T order)
    {
        try
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(order, CommandOutput.JsonForm));
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It is gone, which is told by its end.
        }
    }

    private void Hear(string? line)
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

    private void Keep(string? line)
    {
        if (line is null)
            return;

        lock (_printing)
        {
            _tail.Enqueue(line);
            if (_tail.Count > TailLines)
                _tail.Dequeue();
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_printed)!);
                File.AppendAllText(_printed, line + Environment.NewLine);
            }
            catch (Exception exception) when (FileLimit.IsOfFile(exception))
            {
                // The last lines are kept in memory.
                if (!_isIncomplete) _error.WriteLine($"warning: '{_printed}' cannot be written; {FileLimit.ReasonOf(_printed, exception)}; the run goes on, and what {Name} prints and logs may be lost");
                _isIncomplete = true;
            }
        }
    }
}
