using HealthGpt.Cli.Demo;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cli.Tests.Demo;

public sealed class SiloLotTests
{
    private static readonly DemoOptions Options = new() { Out = "", Seed = 3 };

    [Fact]
    public void Draw_AtTheFirstInstructionStep_TellsOnce()
    {
        var lot = new SiloLot(Options);

        Assert.Null(lot.Draw(Status("adaptation")));
        var drawn = lot.Draw(Status("instruction"));

        Assert.True(drawn is "silo-1" or "silo-2", drawn);
        Assert.Null(lot.Draw(Status("instruction")));
        Assert.Null(lot.WhyNobody());
        Assert.Equal(drawn, new SiloLot(Options).Draw(Status("instruction")));
    }

    [Fact]
    public void Draw_FallsOnEverySiloThatHoldsSomething_AndOnNoOther()
    {
        var drawn = Enumerable.Range(0, 50).Select(seed => new SiloLot(Options with { Seed = seed }).Draw(Status("instruction"))).ToHashSet();

        Assert.Equal(["silo-1", "silo-2"], drawn.Order());
    }

    [Fact]
    public void Draw_TrainerThatIsNowhere_WaitsUntilItIsSomewhere()
    {
        var lot = new SiloLot(Options with { KillSilo = DemoOptions.Trainer });

        Assert.Null(lot.Draw(Status("instruction") with { TrainerSilo = "" }));
        Assert.Equal("silo-2", lot.Draw(Status("adaptation")));
    }

    [Fact]
    public void Draw_WhenTheJobEndsBeforeItIsSeen_NamesNobody_AndSaysWhy()
    {
        var lot = new SiloLot(Options);

        Assert.Null(lot.Draw(Status("adaptation")));
        Assert.Null(lot.Draw(Status("instruction") with { State = JobState.Completed }));

        Assert.Contains("the job ended before", lot.WhyNobody(), StringComparison.Ordinal);
    }

    [Fact]
    public void NoKill_IsTheReason() => Assert.Equal("--no-kill was given", new SiloLot(Options with { Kill = false }).WhyNobody());

    private static WorkerPlacement Worker(string silo, int rank) => new() { Rank = rank, Silo = silo, Device = "cpu:0", Lease = silo };

    private static JobStatus Status(string stage) => new()
    {
        Name = "job",
        State = JobState.Running,
        TrainerSilo = "silo-2",
        Workers = [Worker("silo-1", 0), Worker("silo-2", 1)],
        Steps = [new StepReport { Step = 1, Stage = stage, Phase = "vqa", PhaseStep = 1, Loss = 1, GradientNorm = 1, LearningRate = 1, Tokens = 1, Seconds = 1 }],
    };
}
