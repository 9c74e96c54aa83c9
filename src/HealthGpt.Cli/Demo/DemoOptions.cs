using System.Globalization;

namespace HealthGpt.Cli.Demo;

/// <summary>What the demo is asked to do.</summary>
internal sealed record DemoOptions
{
    /// <summary>Silo processes of the demo.</summary>
    public const int Silos = 3;

    /// <summary>What <see cref="KillSilo"/> names where the silo of the trainer is to die, wherever that is then.</summary>
    public const string Trainer = "trainer";

    /// <summary>The values of <see cref="KillSilo"/>.</summary>
    public static IReadOnlyList<string> KillChoices { get; } = [.. Enumerable.Range(1, Silos).Select(SiloName), Trainer];

    /// <summary>The folder of the results, absolute.</summary>
    public required string Out { get; init; }

    /// <summary>Most workers of the job, or null for what the job says.</summary>
    public int? Workers { get; init; }

    /// <summary>Whether a silo process is killed.</summary>
    public bool Kill { get; init; } = true;

    /// <summary>The silo to kill: one of <see cref="KillChoices"/>, or null for one drawn by lot.</summary>
    public string? KillSilo { get; init; }

    /// <summary>Decides the lot.</summary>
    public required int Seed { get; init; }

    /// <summary>Most held-out closed questions that are asked.</summary>
    public int Questions { get; init; } = int.MaxValue;

    /// <summary>A job file instead of the demo's own.</summary>
    public string? JobFile { get; init; }

    /// <summary>How long a silo may take until it is ready; a worker may take half as long again.</summary>
    public TimeSpan StartDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the trainer may be out of reach: it moves when its silo dies.</summary>
    public static TimeSpan TrainerDeadline { get; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the job may stand without a sign of life before its first step: the workers load the model and prepare the samples meanwhile.</summary>
    public TimeSpan FirstStepDeadline => 1.5 * StartDeadline;

    /// <summary>
    /// How long the job may stand without a step, an event or a change after its first step before it counts as stuck. The trainer has deadlines of its
    /// own, which end sooner and know the reason; a survivor may have to prepare the samples.
    /// </summary>
    public static TimeSpan StallDeadline { get; } = TimeSpan.FromSeconds(150);

    /// <summary>The name of a silo process, counted from 1.</summary>
    public static string SiloName(int number) => string.Create(CultureInfo.InvariantCulture, $"silo-{number}");
}
