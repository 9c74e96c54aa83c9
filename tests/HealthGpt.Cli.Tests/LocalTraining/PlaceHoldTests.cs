using HealthGpt.Cli.LocalTraining;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Tests.Blobs;

namespace HealthGpt.Cli.Tests.LocalTraining;

/// <summary>Two runs into one place of Azure Blob Storage, whose logs lie in different folders.</summary>
public sealed class PlaceHoldTests(TrainedJob trained, Azurite azurite) : IClassFixture<TrainedJob>
{
    private static CancellationToken Ending => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Place_IsForOneRunAtATime_AndTheOtherIsToldWhoHasItAndUntilWhenItWaits()
    {
        var server = await azurite.ServerAsync();
        var place = await server.NewAddressAsync(Ending);
        var told = new StringWriter();

        await using (await TakeAsync())
        {
            var refused = await Assert.ThrowsAsync<CommandException>(TakeAsync);
            Assert.Equal(ExitCodes.Failed, refused.ExitCode);
            Assert.Matches(
                $"^'{place}' is in use; another 'train run' trains into it \\(process {Environment.ProcessId} on .*, since .* UTC\\); wait for its end, or give this job another 'checkpoints.to'$",
                refused.Message);
        }

        var line = Assert.Single(told.ToString().TrimEnd().Split('\n'));
        Assert.Matches($"^warning: '{place}' is in use \\(process .*\\); if that run is gone, its hold ends by ..:..:.. UTC; waiting until then$", line);
        await using var next = await TakeAsync();
        Assert.NotNull(next);
        Assert.Null(await PlaceHold.TakeAsync(new FolderAddress(trained["folder"]), told, server.Access, null, Ending));

        Task<PlaceHold?> TakeAsync() => PlaceHold.TakeAsync(place, told, server.Access, TimeSpan.FromSeconds(15), Ending);
    }

    [Fact(Timeout = 300_000)]
    public async Task PlaceOfAKilledRun_IsTakenOver_AndTheJobEndsWithTheSameWeights()
    {
        var server = await azurite.ServerAsync();
        var (first, job, place) = await KilledAsync(server);

        using var killed = first;
        using var second = TrainRunProcess.StartOn(server.Access, job, trained.Cache, "--out", trained["second"]);
        var (code, error) = await second.EndAsync(Ending);

        Assert.Equal(0, code);
        Assert.StartsWith($"warning: '{place}' is in use (process {first.Id} on ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(trained.WeightsSha256, second.Events[^1].GetProperty("weightsSha256").GetString());
        await TrainRunProcess.EndOfAsync(first.Workers.Values, Ending);
    }

    /// <summary>A run that was killed early. A machine that is busy may let it be over before: then another is tried.</summary>
    private async Task<(TrainRunProcess Run, string JobFile, BlobAddress Place)> KilledAsync(AzuriteServer server)
    {
        const int MostTries = 6;
        for (var attempt = 1; ; attempt++)
        {
            var place = await server.NewAddressAsync(Ending);
            var job = trained.Write("in-blobs");
            await File.WriteAllTextAsync(job, (await File.ReadAllTextAsync(job, Ending)).Replace("to: runs/in-blobs", $"to: '{place}'", StringComparison.Ordinal), Ending);
            var run = TrainRunProcess.StartOn(server.Access, job, trained.Cache, "--out", trained[$"first-{attempt}"]);
            await run.ReadUntilStepAsync(4, Ending);
            ProcessSignal.TrySend("KILL", run.Id);
            var (code, error) = await run.EndAsync(Ending);
            if (code != 0) return (run, job, place);

            Assert.Equal("", error);
            run.Dispose();
            Assert.True(attempt < MostTries, $"{MostTries} runs were over before they were killed");
        }
    }
}
