using HealthGpt.Cli.Terminal;
using HealthGpt.Silo;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Demo;

/// <summary>One silo as a child process. What it prints besides its ready line goes to a file beside its log.</summary>
internal sealed class SiloChild : ChildProcess
{
    private readonly TaskCompletionSource<SiloReady> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SiloChild(SiloConfiguration configuration, string folder, string file)
        : base(Path.Combine(folder, "output.txt"), "silo", "--config", file, "--with-parent") => Configuration = configuration;

    public SiloConfiguration Configuration { get; }

    public string Name => Configuration.Name;

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
        var child = new SiloChild(configuration, folder, file);
        child.Start();
        return child;
    }

    public override void Kill()
    {
        WasEnded = true;
        base.Kill();
    }

    /// <summary>Asks it to end and kills it when the bound is over; at once if it was never ready and nobody counts on it.</summary>
    public override Task StopAsync(TimeSpan bound)
    {
        if (!Ready.IsCompletedSuccessfully)
            Kill();
        WasEnded = true;
        return base.StopAsync(bound);
    }

    /// <summary>The last lines it logged and printed.</summary>
    public IReadOnlyList<string> Tail() => [.. TailOf(Configuration.LogFile), .. LastPrinted];

    protected override void Hear(string line)
    {
        if (SiloReady.FromLine(line) is { } ready)
            _ready.TrySetResult(ready);
        else
            Keep(line);
    }

    protected override void Keep(string line)
    {
        HasLostPort |= PortInUseException.IsToldIn(line);
        base.Keep(line);
    }

    protected override void Ended()
    {
        if (!_ready.Task.IsCompleted)
            _ready.TrySetException(EndedEarly());
    }

    private CommandException EndedEarly() => new(
        ExitCodes.Failed, $"{Name} ended before it was ready", $"its exit code is {ExitCode}", $"its last lines follow; all of them are in '{Configuration.LogFile}'")
    {
        Details = Tail(),
    };

    private static Queue<string> TailOf(string path)
    {
        var lines = new Queue<string>();
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            while (reader.ReadLine() is { } line)
            {
                lines.Enqueue(line);
                if (lines.Count > TailLines)
                    lines.Dequeue();
            }
        }
        catch (Exception exception) when (FileLimit.IsOfFile(exception))
        {
            // What led here says more than that its log cannot be read.
        }

        return lines;
    }
}
