using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Demo;

/// <summary>Chooses the silo that dies, and when.</summary>
internal sealed class SiloLot(DemoOptions options)
{
    private const int StepsBefore = 3;

    private int _instructionSteps;

    /// <summary>Who was killed, or null so far.</summary>
    public KilledSilo? Killed { get; private set; }

    /// <summary>Kills once, a few steps into the instruction stage.</summary>
    public KilledSilo? Draw(JobStatus status, LocalSilos silos)
    {
        _instructionSteps += status.Steps.Count(step => step.Stage == Stages.Instruction);
        if (!options.Kill || Killed is not null || _instructionSteps < StepsBefore || status.HasEnded)
            return null;

        var child = Chosen(status, silos);
        var held = HeldBy(child.Name, status);
        child.Kill();
        return Killed = new KilledSilo { Silo = child.Name, ProcessId = child.ProcessId, Held = held, AfterStep = status.CommittedSteps, Seed = options.Seed };
    }

    private SiloChild Chosen(JobStatus status, LocalSilos silos)
    {
        var name = options.KillSilo == "trainer" ? status.TrainerSilo : options.KillSilo;
        if (name is null)
            return silos.Children[new Random(options.Seed).Next(silos.Children.Count)];

        return silos.Children.FirstOrDefault(child => child.Name == name)
            ?? throw new CommandException(ExitCodes.WrongArguments, $"--kill is '{name}'", "the demo has no such silo", $"name one of {string.Join(", ", silos.Children.Select(child => child.Name))}, or trainer");
    }

    private static string HeldBy(string silo, JobStatus status)
    {
        var parts = status.Workers.Where(worker => worker.Silo == silo).Select(worker => $"worker rank {worker.Rank}").ToList();
        if (status.TrainerSilo == silo)
            parts.Insert(0, "the trainer");
        return parts.Count == 0 ? "neither trainer nor worker" : string.Join(" and ", parts);
    }
}
