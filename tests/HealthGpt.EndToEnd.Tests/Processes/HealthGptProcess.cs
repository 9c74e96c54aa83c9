using System.Diagnostics;
using System.Globalization;
using System.Text;
using HealthGpt.Cli.Tests.LocalTraining;

namespace HealthGpt.EndToEnd.Tests.Processes;

/// <summary>The command as a process of its own, as a user starts it.</summary>
internal sealed class HealthGptProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly List<string> _output = [];
    private readonly Lock _saying = new();

    private HealthGptProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything it said so far, on both streams.</summary>
    public string Said
    {
        get
        {
            lock (_saying)
                return _said.ToString();
        }
    }

    /// <summary>The lines of its standard output.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (_saying)
                return [.. _output];
        }
    }

    public static HealthGptProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "healthgpt.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var run = new HealthGptProcess(new Process { StartInfo = start });
        run._process.OutputDataReceived += (_, line) => run.HearOutput(line.Data);
        run._process.ErrorDataReceived += (_, line) => run.Hear(line.Data);
        run._process.Start();
        run._process.BeginOutputReadLine();
        run._process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Sends a signal by its name, for example INT.</summary>
    public void Signal(string name) => Signal(name, Id);

    /// <summary>Sends a signal to any process.</summary>
    public static void Signal(string name, int process) => ProcessSignal.Send(name, process);

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits for its end and returns its exit code.</summary>
    public async Task<int> EndAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(bound, cancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the process did not end within {bound}; it said:\n{Said}");
        }

        return _process.ExitCode;
    }

    /// <summary>Lets it run for a while, or to its end.</summary>
    public Task EndOrAsync(TimeSpan moment, CancellationToken cancellationToken) =>
        Task.WhenAny(_process.WaitForExitAsync(cancellationToken), Task.Delay(moment, cancellationToken));

    /// <summary>Waits until it has said a text.</summary>
    public async Task SayAsync(string text, TimeSpan bound, CancellationToken cancellationToken)
    {
        string Otherwise() => $"'{text}' was not said, but:\n{Said}";
        await Poll.UntilAsync(() => Said.Contains(text, StringComparison.Ordinal) || HasExited, bound, Otherwise, cancellationToken);
        // What it said last may come after its end.
        if (HasExited)
            await EndAsync(bound, cancellationToken);
        Assert.True(Said.Contains(text, StringComparison.Ordinal), Otherwise());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void HearOutput(string? line)
    {
        if (line is not null)
        {
            lock (_saying)
                _output.Add(line);
        }

        Hear(line);
    }

    private void Hear(string? line)
    {
        lock (_saying)
            _said.AppendLine(line);
    }
}
