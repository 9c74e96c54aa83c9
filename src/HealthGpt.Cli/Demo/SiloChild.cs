using System.Diagnostics;
using HealthGpt.Cli.Terminal;
using HealthGpt.Silo;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Demo;

/// <summary>One silo as a child process. What it prints besides its ready line goes to a file beside its log.</summary>
internal sealed class SiloChild : IDisposable
{
    private const int TailLines = 8;

    private readonly Process _process;
    private readonly TaskCompletionSource<SiloReady> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _printed;
    private readonly Lock _printing = new();
    private volatile bool _isDisposed;

    private SiloChild(SiloConfiguration configuration, Process process, string printed)
    {
        Configuration = configuration;
        _process = process;
        _printed = printed;
    }

    public SiloConfiguration Configuration { get; }

    public string Name => Configuration.Name;

    public int ProcessId => _process.Id;

    public bool HasExited => _isDisposed || _process.HasExited;

    /// <summary>Whether the demo itself ended it.</summary>
    public bool WasEnded { get; private set; }

    /// <summary>Whether it ended because another process had taken one of its ports meanwhile.</summary>
    public bool HasLostPort { get; private set; }

    /// <summary>Completes with its ready line; fails when the process ends before.</summary>
    public Task<SiloReady> Ready => _ready.Task;

    public static SiloChild Start(SiloConfiguration configuration, string folder)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "healthgpt.yaml");
        File.WriteAllText(file, configuration.ToYaml());
        var process = new Process { StartInfo = OwnProcess.With("silo", "--config", file, "--with-parent"), EnableRaisingEvents = true };
        var child = new SiloChild(configuration, process, Path.Combine(folder, "output.txt"));
        process.OutputDataReceived += (_, line) => child.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
        process.Exited += (_, _) => child.End();
        process.Start();
        ChildProcesses.Add(process);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Kill -9: no goodbye to anybody.</summary>
    public void Kill()
    {
        WasEnded = true;
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // Gone already.
        }
    }

    /// <summary>Asks it to end by closing its standard input, and kills it when the bound is over; at once if it was never ready and nobody counts on it.</summary>
    public async Task StopAsync(TimeSpan bound)
    {
        if (!Ready.IsCompletedSuccessfully)
            Kill();
        WasEnded = true;
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
            await _process.WaitForExitAsync().WaitAsync(bound);
        }
        catch (TimeoutException)
        {
            Kill();
            await _process.WaitForExitAsync();
        }
    }

    /// <summary>The last lines it logged and printed.</summary>
    public IReadOnlyList<string> Tail() => [.. TailOf(Configuration.LogFile), .. TailOf(_printed)];

    public void Dispose()
    {
        _isDisposed = true;
        ChildProcesses.Remove(_process);
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is not null && SiloReady.FromLine(line) is { } ready)
            _ready.TrySetResult(ready);
        else
            Keep(line);
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;

        HasLostPort |= PortInUseException.IsToldIn(line);
        lock (_printing)
        {
            try
            {
                File.AppendAllText(_printed, line + Environment.NewLine);
            }
            catch (Exception exception) when (FileLimit.IsOfFile(exception))
            {
                // A full disk must not end the demo for want of what a silo prints.
            }
        }
    }

    private void End()
    {
        if (_ready.Task.IsCompleted)
            return;

        // Waits for the end of what it printed, which is the reason of its end.
        _process.WaitForExit();
        _ready.TrySetException(EndedEarly());
    }

    private CommandException EndedEarly() => new(
        ExitCodes.Failed, $"{Name} ended before it was ready", $"its exit code is {_process.ExitCode}", $"its last lines follow; all of them are in '{Configuration.LogFile}'")
    {
        Details = Tail(),
    };

    private static Queue<string> TailOf(string path)
    {
        if (!File.Exists(path))
            return new Queue<string>();

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var lines = new Queue<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Enqueue(line);
            if (lines.Count > TailLines)
                lines.Dequeue();
        }

        return lines;
    }
}
