using System.Diagnostics;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Terminal;

/// <summary>This program once more as a child process, which ends when its standard input does. What it prints goes to a file, and its last lines stay in memory.</summary>
internal abstract class ChildProcess : IDisposable
{
    /// <summary>How many lines tell why it ended.</summary>
    protected const int TailLines = 8;

    private readonly Process _process;
    private readonly string _printed;
    private readonly Queue<string> _tail = [];
    private readonly Lock _printing = new();
    private readonly TaskCompletionSource<int> _exitCode = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="printed">The file of what it prints.</param>
    /// <param name="arguments">What it is called with.</param>
    protected ChildProcess(string printed, params string[] arguments)
    {
        _printed = printed;
        _process = new Process { StartInfo = OwnProcess.With(arguments), EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(line.Data, Hear);
        _process.ErrorDataReceived += (_, line) => Take(line.Data, Keep);
        _process.Exited += (_, _) => End();
    }

    public int ProcessId { get; private set; }

    public bool HasExited => _exitCode.Task.IsCompleted || _process.HasExited;

    /// <summary>What it ended with; waits for its end.</summary>
    public int ExitCode => _exitCode.Task.Result;

    /// <summary>The last lines that it printed, most often why it ended.</summary>
    public IReadOnlyList<string> LastPrinted
    {
        get
        {
            lock (_printing) return [.. _tail];
        }
    }

    /// <summary>Kill -9: no goodbye to anybody.</summary>
    public virtual void Kill()
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

    /// <summary>Asks it to end by closing its standard input, and kills it when the bound is over.</summary>
    public virtual async Task StopAsync(TimeSpan bound)
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

    /// <summary>Frees what is left of one that has ended.</summary>
    public void Dispose()
    {
        ChildProcesses.Remove(_process);
        _process.Dispose();
    }

    protected void Start()
    {
        _process.Start();
        ProcessId = _process.Id;
        ChildProcesses.Add(_process);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Writes a line to its standard input.</summary>
    protected void Say(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It is gone, which is told by its end.
        }
    }

    /// <summary>Takes a line of its standard output, or keeps it.</summary>
    protected abstract void Hear(string line);

    /// <summary>Hears of its end, after all that it printed.</summary>
    protected abstract void Ended();

    /// <summary>Hears that what it prints could not be written to its file; the last lines are kept all the same.</summary>
    protected virtual void NotWritten(string path, Exception exception)
    {
    }

    /// <summary>Keeps a line that it printed.</summary>
    protected virtual void Keep(string line)
    {
        lock (_printing)
        {
            _tail.Enqueue(line);
            if (_tail.Count > TailLines) _tail.Dequeue();
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_printed)!);
                File.AppendAllText(_printed, line + Environment.NewLine);
            }
            catch (Exception exception) when (FileLimit.IsOfFile(exception))
            {
                NotWritten(_printed, exception);
            }
        }
    }

    private static void Take(string? line, Action<string> take)
    {
        if (line is not null) take(line);
    }

    private void End()
    {
        // Waits for the end of what it printed.
        _process.WaitForExit();
        _exitCode.SetResult(_process.ExitCode);
        Ended();
    }
}
