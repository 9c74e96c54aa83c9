using System.Security.Cryptography;
using System.Text.Json;
using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Tests.LocalTraining;

public sealed class LocalRunTests(TrainedJob trained) : IClassFixture<TrainedJob>
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task KilledWorker_IsStartedAgain_AndTheWeightsAreThoseOfOneWorker()
    {
        var (run, end, _) = await MetAsync("killed", "KILL", run => run.Workers["worker-1"]);

        using var ended = run;
        Assert.Equal((0, ""), end);
        var lost = Assert.Single(run.Events, happened => TrainRunProcess.TypeOf(happened) == "worker-lost");
        Assert.Contains("its process was ended by signal 9; it is started again", lost.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal([1, 2], run.Events.Where(happened => TrainRunProcess.TypeOf(happened) == "generation").Select(happened => happened.GetProperty("generation").GetInt32()));
        // The one that is left may lack the last step that was told.
        Assert.Equal(Enumerable.Range(1, TrainedJob.Steps), StepsOf(run.Events).Distinct());
        Assert.Equal(trained.WeightsSha256, run.Events[^1].GetProperty("weightsSha256").GetString());
        await TrainRunProcess.EndOfAsync(run.Workers.Values, Ending);
    }

    [Fact(Timeout = 300_000)]
    public async Task KilledRun_OfOneWorker_TellsThatItGoesBackToItsCheckpoint_AndTheStepsAgain()
    {
        using var run = await KilledBeyondACheckpointAsync();

        var resumed = Assert.Single(run.Events, happened => TrainRunProcess.TypeOf(happened) == "resumed");
        var from = resumed.GetProperty("step").GetInt32();
        Assert.InRange(from, 1, 12);
        Assert.EndsWith($"step-{from:D8}", resumed.GetProperty("checkpoint").GetString(), StringComparison.Ordinal);
        var before = StepsOf(run.Events.TakeWhile(happened => TrainRunProcess.TypeOf(happened) != "resumed")).Last();
        var after = StepsOf(run.Events.SkipWhile(happened => TrainRunProcess.TypeOf(happened) != "resumed"));
        Assert.InRange(before, from + 1, TrainedJob.Steps);
        Assert.Equal(Enumerable.Range(from + 1, TrainedJob.Steps - from), after);
        Assert.Equal(trained.WeightsSha256, run.Events[^1].GetProperty("weightsSha256").GetString());
    }

    [Fact(Timeout = 300_000)]
    public async Task FrozenWorker_IsReplaced_WithoutBeingTakenIntoAnotherGeneration()
    {
        var frozen = 0;
        var (run, end, _) = await MetAsync("frozen", "STOP", run => frozen = run.Workers["worker-2"]);

        using var ended = run;
        Assert.Equal((0, ""), end);
        Assert.Equal(
            ["generation", "generation-broken", "worker-lost", "worker-started", "generation"],
            run.Events.Select(TrainRunProcess.TypeOf).Where(type => type is "generation" or "generation-broken" or "worker-lost" or "worker-started").Skip(2));
        var lost = Assert.Single(run.Events, happened => TrainRunProcess.TypeOf(happened) == "worker-lost");
        Assert.Equal(("worker-2", frozen), (lost.GetProperty("worker").GetString(), lost.GetProperty("process").GetInt32()));
        Assert.Contains("it gave no sign of life for 3 s", lost.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(trained.WeightsSha256, run.Events[^1].GetProperty("weightsSha256").GetString());
    }

    [Fact(Timeout = 300_000)]
    public async Task InterruptedRun_ExitsWith130_AndGoesOnFromItsLastCheckpoint_ToTheSameWeights()
    {
        var (first, end, job) = await MetAsync("interrupted", "INT", run => run.Id);

        using var ended = first;
        Assert.Equal(ExitCodes.Interrupted, end.ExitCode);
        Assert.EndsWith("interrupted", end.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.Equal("interrupted", TrainRunProcess.TypeOf(first.Events[^1]));
        await TrainRunProcess.EndOfAsync(first.Workers.Values, Ending);

        using var second = TrainRunProcess.Start(trained[$"{job}.yaml"], trained.Cache);
        Assert.Equal((0, ""), await second.EndAsync(Ending));
        var from = Assert.Single(second.Events, happened => TrainRunProcess.TypeOf(happened) == "resumed").GetProperty("step").GetInt32();
        Assert.InRange(from, 2, TrainedJob.Steps);
        Assert.Equal(Enumerable.Range(from + 1, TrainedJob.Steps - from), StepsOf(second.Events));
        Assert.Equal(trained.WeightsSha256, second.Events[^1].GetProperty("weightsSha256").GetString());

        // The log of both is one, whole.
        Assert.Equal(Enumerable.Range(1, TrainedJob.Steps), StepsOf(Lines(trained[$"runs/{job}/events.jsonl"])).Distinct());
    }

    [Fact(Timeout = 300_000)]
    public async Task KilledRun_TakesItsWorkersAlong()
    {
        using var run = TrainRunProcess.Start(trained.Write("parentless"), trained.Cache, "--workers", "2");
        await run.ReadUntilStepAsync(1, Ending);

        ProcessSignal.Send("KILL", run.Id);

        await run.EndAsync(Ending);
        await TrainRunProcess.EndOfAsync(run.Workers.Values, Ending);
    }

    [Fact(Timeout = 300_000)]
    public async Task JobThatCannotGoOn_ExitsWith1_WithTheReason_AndIsNotStartedAgain()
    {
        // Another seed makes it another job, and these are not its checkpoints.
        using var run = TrainRunProcess.Start(trained.Write("other", seed: 8, to: "trained"), trained.Cache, "--workers", "2", "--out", trained["other"]);

        var end = await run.EndAsync(Ending);

        Assert.Equal(ExitCodes.Failed, end.ExitCode);
        Assert.Contains("error: the job 'other' failed after step 0; worker-", end.Error, StringComparison.Ordinal);
        Assert.Contains("of a job that differs in seed (7 there, 8 here) (job 'trained'); put it back as it was, name another place or remove it", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Events, happened => TrainRunProcess.TypeOf(happened) == "worker-lost");
        Assert.Equal("failed", TrainRunProcess.TypeOf(Lines(trained["other/events.jsonl"])[^1]));
        await TrainRunProcess.EndOfAsync(run.Workers.Values, Ending);
    }

    [Fact(Timeout = 300_000)]
    public async Task StartThatOnlyAWorkerSeesThrough_ExitsWith78_AndIsNotStartedAgain()
    {
        byte[] empty = [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'];
        Directory.CreateDirectory(trained["empty"]);
        await File.WriteAllBytesAsync(trained["empty/state.safetensors"], empty, Ending);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(empty));
        await File.WriteAllTextAsync(trained["empty/manifest.json"], $$"""{ "files": [{ "name": "state.safetensors", "length": 10, "sha256": "{{sha256}}" }], "metadata": {} }""", Ending);
        var job = trained.Write("started");
        await File.AppendAllTextAsync(job, "\nstart: empty\n", Ending);
        using var run = TrainRunProcess.Start(job, trained.Cache, "--workers", "2");

        var end = await run.EndAsync(Ending);

        Assert.Equal(ExitCodes.WrongFile, end.ExitCode);
        Assert.Contains($"start is '{trained["empty"]}', which has no '", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Events, happened => TrainRunProcess.TypeOf(happened) is "worker-lost" or "generation");
    }

    [Fact(Timeout = 300_000)]
    public async Task FilesThatCannotGrow_CostNoStep_AndTheRunSaysAtItsEndThatItsModelIsNotWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is Linux'");
        using var run = TrainRunProcess.StartWithin(4, trained.Write("limited"), trained.Cache, "--workers", "2");

        var end = await run.EndAsync(Ending);

        Assert.Equal(ExitCodes.Failed, end.ExitCode);
        Assert.Equal(Enumerable.Range(1, TrainedJob.Steps), StepsOf(run.Events));
        Assert.DoesNotContain(run.Events, happened => TrainRunProcess.TypeOf(happened) == "worker-lost");
        Assert.Contains(run.Events, happened => TrainRunProcess.TypeOf(happened) == "checkpoint-problem");
        Assert.Contains("the trained model could not be written to", end.Error, StringComparison.Ordinal);
        Assert.Contains("would be larger than its file system or the limit of the process (ulimit -f) allows. Make it writable", end.Error, StringComparison.Ordinal);
        Assert.Contains($"warning: the log '{trained["runs/limited/workers/worker-"]}", end.Error, StringComparison.Ordinal);
        Assert.Contains($"warning: '{trained["runs/limited/losses.png"]}' cannot be written; ", end.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(trained["runs/limited"], "*losses.png*"));
        Assert.Contains($"warning: '{trained["runs/limited/events.jsonl"]}' cannot be written; ", end.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task WorkersFolderThatCannotBeWritten_CostsItsLogsOnly()
    {
        var job = trained.Write("logless");
        Directory.CreateDirectory(trained["runs/logless"]);
        await File.WriteAllTextAsync(trained["runs/logless/workers"], "a file", Ending);
        using var run = TrainRunProcess.Start(job, trained.Cache);

        var end = await run.EndAsync(Ending);

        Assert.Equal(0, end.ExitCode);
        Assert.StartsWith($"warning: '{trained["runs/logless/workers/worker-1.output.txt"]}' cannot be written; ", Assert.Single(end.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(trained.WeightsSha256, run.Events[^1].GetProperty("weightsSha256").GetString());
    }

    [Fact]
    public void EventLog_HasALineAStep_WithItsFigures_AndThePlotAPanelAPhase()
    {
        var lines = Lines(Path.Combine(trained.Runs, "events.jsonl"));

        Assert.Equal("started", TrainRunProcess.TypeOf(lines[0]));
        Assert.Equal("completed", TrainRunProcess.TypeOf(lines.Last(line => TrainRunProcess.TypeOf(line) is "completed" or "failed")));
        var steps = lines.Where(line => TrainRunProcess.TypeOf(line) == "step").ToList();
        Assert.Equal(Enumerable.Range(1, TrainedJob.Steps), StepsOf(lines));
        Assert.All(steps, step =>
        {
            var seconds = step.GetProperty("seconds");
            Assert.All(["loss", "gradientNorm", "learningRate", "tokens", "samples", "tokensPerSecond", "samplesPerSecond"], key => Assert.True(step.GetProperty(key).GetDouble() > 0, key));
            Assert.True(seconds.GetProperty("step").GetDouble() > 0);
            Assert.All(["data", "forward", "backward", "exchange"], key => Assert.InRange(seconds.GetProperty(key).GetDouble(), 0, seconds.GetProperty("step").GetDouble()));
        });
        Assert.Equal(
            ["alignment/comprehension", "alignment/generation", "adaptation/mixed", "instruction/vqa", "instruction/super-resolution"],
            steps.Select(step => $"{step.GetProperty("stage")}/{step.GetProperty("phase")}").Distinct());
        var plot = RgbImage.Load(Path.Combine(trained.Runs, "losses.png"));
        Assert.Equal((1260, 616), (plot.Width, plot.Height));
    }

    [Fact(Timeout = 300_000)]
    public async Task FinishedJob_RunAgain_SaysItsResultInOneDocument_WithJsonAndQuiet()
    {
        using var run = TrainRunProcess.Start(trained.JobFile, trained.Cache, "--quiet");

        Assert.Equal((0, ""), await run.EndAsync(Ending));

        var result = Assert.Single(run.Events);
        Assert.Equal(trained.WeightsSha256, result.GetProperty("weightsSha256").GetString());
        Assert.True(File.Exists(Path.Combine(result.GetProperty("modelFolder").GetString()!, "healthgpt.json")));
    }

    /// <summary>A run of two workers, at its end, that a signal met early. A machine that is busy may let it be over before: where it ended as undisturbed, another is tried.</summary>
    private async Task<(TrainRunProcess Run, (int ExitCode, string Error) End, string Job)> MetAsync(string name, string signal, Func<TrainRunProcess, int> process)
    {
        const int MostTries = 6;
        for (var attempt = 1; ; attempt++)
        {
            var job = $"{name}-{attempt}";
            var run = TrainRunProcess.Start(trained.Write(job), trained.Cache, "--workers", "2");
            await run.ReadUntilStepAsync(4, Ending);
            ProcessSignal.TrySend(signal, process(run));
            var end = await run.EndAsync(Ending);
            if (run.Events.Any(happened => TrainRunProcess.TypeOf(happened) is "worker-lost" or "interrupted")) return (run, end, job);

            Assert.Equal((0, ""), end);
            Assert.Equal(Enumerable.Range(1, TrainedJob.Steps), StepsOf(run.Events));
            run.Dispose();
            Assert.True(attempt < MostTries, $"{MostTries} runs were over before {signal} came to them");
        }
    }

    /// <summary>A finished run whose one worker was lost after steps that no checkpoint has. What a kill meets is up to the machine: where it is another state, the next run is tried.</summary>
    private async Task<TrainRunProcess> KilledBeyondACheckpointAsync()
    {
        const int MostTries = 6;
        for (var attempt = 1; ; attempt++)
        {
            var run = TrainRunProcess.Start(trained.Write($"alone-{attempt}"), trained.Cache, "--workers", "1");
            var written = long.MaxValue;
            await run.ReadUntilAsync(
                happened =>
                {
                    if (TrainRunProcess.TypeOf(happened) == "checkpoint") written = happened.GetProperty("step").GetInt64();
                    return TrainRunProcess.TypeOf(happened) == "step" && happened.GetProperty("step").GetInt64() > written;
                },
                Ending);
            ProcessSignal.TrySend("KILL", run.Workers["worker-1"]);
            Assert.Equal((0, ""), await run.EndAsync(Ending));
            if (run.Events.Any(happened => TrainRunProcess.TypeOf(happened) == "resumed")) return run;

            // It had all steps in a checkpoint, or was done: then none is told twice.
            Assert.Equal(Enumerable.Range(1, TrainedJob.Steps), StepsOf(run.Events));
            run.Dispose();
            Assert.True(attempt < MostTries, $"in {MostTries} runs no kill met a worker beyond its last checkpoint");
        }
    }

    private static List<JsonElement> Lines(string path) => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

    private static IEnumerable<int> StepsOf(IEnumerable<JsonElement> events) =>
        events.Where(happened => TrainRunProcess.TypeOf(happened) == "step").Select(happened => happened.GetProperty("step").GetInt32());
}
