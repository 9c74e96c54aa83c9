using System.Diagnostics;
using HealthGpt.Cli.Tests.LocalTraining;
using HealthGpt.Data.Images;
using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests.Demos;

public sealed class DemoFaultTests : IDisposable
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(11, 0, 3, false)]
    [InlineData(12, 2, 8, true)]
    [InlineData(13, 8, 16, true)]
    public async Task Interrupted_AtARandomMoment_ExitsWith130_AndLeavesNoProcess(int seed, int from, int to, bool terminal)
    {
        // Before the silos are there, while they start or the job prepares, while it trains. A terminal interrupts all processes of its foreground group.
        var moment = TimeSpan.FromSeconds(from + ((to - from) * new Random(seed).NextDouble()));
        TestContext.Current.SendDiagnosticMessage("seed {0}: interrupted after {1:0.00} s", seed, moment.TotalSeconds);
        using var demo = SmallDemo.Start(_folder["demo"]);
        await demo.EndOrAsync(moment, TestContext.Current.CancellationToken);

        // The first that hears it may stop another before its turn.
        foreach (var process in terminal ? ProcessList.IdsNaming(_folder.Path) : [demo.Id])
            ProcessSignal.TrySend("INT", process);

        Assert.Equal(130, await demo.EndAsync(SmallDemo.StopBound, TestContext.Current.CancellationToken));
        Assert.Empty(ProcessList.Naming(_folder.Path));
    }

    [Fact]
    public async Task KilledByForce_LeavesNoSiloAfterMoments()
    {
        using var demo = await StartReadyAsync();
        Assert.Equal(4, ProcessList.Naming(_folder.Path).Count);

        demo.Signal("KILL");

        await UntilNoneIsLeftAsync(SmallDemo.StopBound);
    }

    [Fact]
    public async Task InterruptedTwice_EndsAtOnce_ThoughASiloHangs()
    {
        using var demo = await StartReadyAsync();
        HealthGptProcess.Signal("STOP", Silo("silo-2")!.Value);

        demo.Signal("INT");
        await demo.SayAsync("interrupt again to end at once", SmallDemo.StopBound, TestContext.Current.CancellationToken);
        Assert.False(demo.HasExited, demo.Said);
        demo.Signal("INT");

        Assert.Equal(130, await demo.EndAsync(AtOnce, TestContext.Current.CancellationToken));
        await UntilNoneIsLeftAsync(AtOnce);
    }

    [Fact]
    public async Task SiloThatNeverBecomesReady_EndsTheDemoAtTheDeadline_AndLeavesNoProcess()
    {
        using var demo = SmallDemo.Start(_folder["demo"], "--start-deadline", "8");
        await Poll.UntilAsync(() => Silo("silo-1") is not null || demo.HasExited, SmallDemo.RunBound, () => demo.Said, TestContext.Current.CancellationToken);
        HealthGptProcess.Signal("STOP", Silo("silo-1")!.Value);

        Assert.Equal(1, await demo.EndAsync(SmallDemo.StopBound, TestContext.Current.CancellationToken));

        Assert.Contains("error: silo-1 is not ready; it did not join the cluster within 8 s; its last lines follow", demo.Said, StringComparison.Ordinal);
        Assert.Empty(ProcessList.Naming(_folder.Path));
    }

    [Fact]
    public async Task WorkerThatNeverStarts_EndsTheDemoAtTheDeadline_AndLeavesNoProcess()
    {
        // Who reads a pipe waits for its writer: the worker comes no further than the checkpoint that it would go on from.
        var data = Directory.CreateDirectory(_folder["data"]).FullName;
        var checkpoint = Directory.CreateDirectory(_folder["kept/step-00000001"]).FullName;
        using (var pipe = Process.Start("mkfifo", [Path.Combine(checkpoint, "manifest.json")]))
            await pipe.WaitForExitAsync(TestContext.Current.CancellationToken);
        new RgbImage(16, 16, new byte[16 * 16 * 3]).SavePng(Path.Combine(data, "held.png"));
        File.WriteAllText(Path.Combine(data, "vqa.jsonl"), """{"image":"held.png","conversations":[{"from":"human","value":"<image>\nQ?"},{"from":"gpt","value":"yes"}],"split":"train"}""");
        File.WriteAllText(Path.Combine(data, "dataset.yaml"), "sources: [{ samples: vqa.jsonl, root: ., task: vqa, split: split }]\ntasks: { vqa: { kind: comprehension } }\n");
        File.WriteAllText(_folder["job.yaml"], "name: held\ncheckpoints: { to: kept }\ndata: data/dataset.yaml\nshards: 1\nworkers: { min: 1, max: 1 }\nstages: [{ stage: instruction, tasks: { vqa: { steps: 2, batch: 1 } } }]\n");
        using var demo = HealthGptProcess.Start("demo", "--out", _folder["demo"], "--job", _folder["job.yaml"], "--start-deadline", "20");
        await demo.SayAsync("silo-3 is ready", SmallDemo.RunBound, TestContext.Current.CancellationToken);

        Assert.Equal(1, await demo.EndAsync(TimeSpan.FromSeconds(30) + SmallDemo.StopBound, TestContext.Current.CancellationToken));

        Assert.Contains("error: the job 'held' stands still; it is", demo.Said, StringComparison.Ordinal);
        Assert.Contains("at step 0 of 2 and nothing happened for 30 s", demo.Said, StringComparison.Ordinal);
        Assert.Empty(ProcessList.Naming(_folder.Path));
    }

    private int? Silo(string name) => ProcessList.Find(_folder.Path, "silo --config", name);

    private async Task<HealthGptProcess> StartReadyAsync()
    {
        var demo = SmallDemo.Start(_folder["demo"]);
        await demo.SayAsync("silo-3 is ready", SmallDemo.RunBound, TestContext.Current.CancellationToken);
        return demo;
    }

    private Task UntilNoneIsLeftAsync(TimeSpan bound) => Poll.UntilAsync(
        () => ProcessList.Naming(_folder.Path).Count == 0, bound, () => string.Join('\n', ProcessList.Naming(_folder.Path)), TestContext.Current.CancellationToken);
}
