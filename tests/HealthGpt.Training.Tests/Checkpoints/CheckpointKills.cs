using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Checkpoints;

namespace HealthGpt.Training.Tests.Checkpoints;

/// <summary>
/// Kills training processes (kill -9) at random moments around the writing of checkpoints and lets others go on from what is left. After each kill every checkpoint
/// that has a manifest is read and checked, and the newest is compared with the last that was told as written.
/// </summary>
/// <param name="world">The folder of <see cref="TinyWorld"/>.</param>
/// <param name="places">An empty place for checkpoints for each job, and the connection string to it.</param>
/// <param name="seed">Decides the moments.</param>
internal sealed class CheckpointKills(string world, Func<Task<(ArtifactAddress To, string? ConnectionString)>> places, int seed)
{
    // A checkpoint of the tiny job takes some milliseconds to some tens.
    private const int MostDelay = 50;
    private const int MostSteps = 5;
    private const string Policy = "everySteps: 1, keep: 2";

    private readonly System.Random _random = new(seed);
    private readonly List<string> _faults = [];

    /// <summary>Kills so far.</summary>
    public int Kills { get; private set; }

    /// <summary>Kills that found a checkpoint half-written: a folder without a manifest.</summary>
    public int Torn { get; private set; }

    /// <summary>Jobs that were trained to their end, over all their processes.</summary>
    public int Jobs { get; private set; }

    /// <summary>Checkpoints that were read and checked after kills.</summary>
    public int Checked { get; private set; }

    /// <summary>Everything that should not be.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Kills so often, then lets the last job end.</summary>
    /// <param name="kills">How often.</param>
    /// <param name="told">Hears of every kill.</param>
    /// <param name="cancellationToken">Stops in between.</param>
    public async Task RunAsync(int kills, Action<string> told, CancellationToken cancellationToken)
    {
        var expected = await UndisturbedAsync(cancellationToken);
        while (Kills < kills)
        {
            var (to, connection) = await places();
            var job = Write(to);
            string last;
            do
            {
                last = await OneAsync(job, to, connection, Kills < kills, cancellationToken);
                told($"kill {Kills}: {last}");
            }
            while (last.StartsWith("killed", StringComparison.Ordinal));
            Jobs++;
            if (last != expected) _faults.Add($"seed {seed}, kill {Kills}: the job ended with '{last}', and with '{expected}' when nothing was killed");
        }
    }

    private async Task<string> UndisturbedAsync(CancellationToken cancellationToken)
    {
        var (to, connection) = await places();
        using var process = TrainingProcess.Start(Write(to), connection);
        return await process.EndAsync(cancellationToken);
    }

    private async Task<string> OneAsync(string job, ArtifactAddress to, string? connection, bool kill, CancellationToken cancellationToken)
    {
        using var process = TrainingProcess.Start(job, connection);
        if (!kill) return await process.EndAsync(cancellationToken);
        // The first line tells what it goes on from; each step begins to write a checkpoint.
        var steps = _random.Next(1, MostSteps + 1);
        var delay = TimeSpan.FromMilliseconds(_random.NextDouble() * MostDelay);
        while (steps > 0 && await process.ReadAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("done", StringComparison.Ordinal) || line.StartsWith("failed", StringComparison.Ordinal)) return line;
            if (line.StartsWith("step", StringComparison.Ordinal)) steps--;
        }

        await Task.Delay(delay, cancellationToken);
        await process.KillAsync(cancellationToken);
        if (process.Said is [.., var said] && (said.StartsWith("done", StringComparison.Ordinal) || said.StartsWith("failed", StringComparison.Ordinal))) return said;
        Kills++;
        return await CheckAsync(to, connection, process.Checkpoint, cancellationToken);
    }

    private async Task<string> CheckAsync(ArtifactAddress to, string? connection, long told, CancellationToken cancellationToken)
    {
        var location = ArtifactLocation.Open(to, new StorageAccess { ConnectionString = connection });
        var newest = 0L;
        foreach (var name in await location.ListFoldersAsync(cancellationToken))
        {
            if (CheckpointName.StepOf(name) is not { } step) continue;
            try
            {
                if (await ManifestFolder.FindAsync(location.Under(name), cancellationToken) is not { } found)
                {
                    Torn++;
                    continue;
                }

                foreach (var file in found.Files) await found.ReadAsync(file, cancellationToken);
                Checked++;
                newest = Math.Max(newest, step);
            }
            catch (IOException error)
            {
                _faults.Add($"seed {seed}, kill {Kills}: {error.Message}");
            }
        }

        if (newest < told) _faults.Add($"seed {seed}, kill {Kills}: the newest checkpoint is of step {newest}, but one of step {told} was told as written");
        return $"killed with checkpoint {told} told and {newest} there";
    }

    private string Write(ArtifactAddress to)
    {
        var path = Path.Combine(world, $"job-{Guid.NewGuid():N}.yaml");
        File.WriteAllText(path, TinyWorld.Yaml(to.ToString(), policy: Policy));
        return path;
    }
}
