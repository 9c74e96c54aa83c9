using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Demo;

/// <summary>Chooses the silo that dies, and when.</summary>
internal sealed class SiloLot(DemoOptions options)
{
    private bool _hasBegun;
    private bool _isDrawn;

    /// <summary>Whose turn it is, told once: at the first sight of a step of the instruction stage. Null before, after, and when the job has ended.</summary>
    public string? Draw(JobStatus status)
    {
        _hasBegun |= status.Steps.Any(step => step.Stage == Stages.Instruction);
        if (!options.Kill || _isDrawn || !_hasBegun || status.HasEnded)
            return null;

        var name = Choose(status);
        _isDrawn = name is not null;
        return name;
    }

    /// <summary>Why nobody was drawn, for a job that has ended.</summary>
    public string? WhyNobody() => (options.Kill, _isDrawn) switch
    {
        (false, _) => "--no-kill was given",
        (true, false) => "the job ended before its instruction stage was seen to run, so that nobody could be killed in it",
        _ => null,
    };

    private string? Choose(JobStatus status)
    {
        if (options.KillSilo is null)
            return DrawAmong([.. DemoOptions.KillChoices.Where(silo => silo == status.TrainerSilo || status.Workers.Any(worker => worker.Silo == silo))]);
        if (options.KillSilo != DemoOptions.Trainer)
            return options.KillSilo;

        // The next answer names the trainer's silo where this one does not.
        return DemoOptions.KillChoices.Contains(status.TrainerSilo) ? status.TrainerSilo : null;
    }

    // The death of a silo that holds nothing would show no recovery.
    private string? DrawAmong(string[] holders) => holders.Length == 0 ? null : holders[new Random(options.Seed).Next(holders.Length)];

    /// <summary>What runs on a silo, in words.</summary>
    public static string HeldBy(string silo, JobStatus status)
    {
        var parts = status.Workers.Where(worker => worker.Silo == silo).Select(worker => $"worker rank {worker.Rank}").ToList();
        if (status.TrainerSilo == silo)
            parts.Insert(0, "the trainer");
        return parts.Count == 0 ? "neither trainer nor worker" : string.Join(" and ", parts);
    }
}
