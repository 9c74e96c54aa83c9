using System.Diagnostics;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Tests.Blobs;
using HealthGpt.Training.Tests;
using HealthGpt.Training.Tests.Checkpoints;

namespace HealthGpt.Soak.Checkpoints;

/// <summary>Kills training processes around the writing of checkpoints, in a folder and in Azurite.</summary>
internal static class CheckpointRun
{
    public static async Task<int> RunAsync(SoakOptions options, CancellationToken interrupted)
    {
        if (!AzuriteServer.IsInstalled)
        {
            Console.Error.WriteLine(AzuriteServer.Missing);
            return 1;
        }

        Console.WriteLine($"seed {options.Seed}, {options.Kills} kills");
        var clock = Stopwatch.StartNew();
        using var world = new TinyWorld();
        await using var server = await AzuriteServer.StartAsync(interrupted);
        var folder = new CheckpointKills(world.Root, () => Task.FromResult<(ArtifactAddress, string?)>((new FolderAddress(world.NewRunFolder()), null)), options.Seed);
        var azurite = new CheckpointKills(world.Root, async () => (await server.NewAddressAsync(interrupted), server.ConnectionString), options.Seed + 1);
        try
        {
            await folder.RunAsync((options.Kills + 1) / 2, told => Console.WriteLine($"folder, {told}"), interrupted);
            await azurite.RunAsync(options.Kills / 2, told => Console.WriteLine($"azurite, {told}"), interrupted);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return 130;
        }

        foreach (var fault in folder.Faults.Concat(azurite.Faults).Take(20)) Console.WriteLine(fault);
        var report = CheckpointReport.Of(options, folder, azurite, clock.Elapsed);
        Console.WriteLine(report);
        if (options.OutputFile is { } file) await File.WriteAllTextAsync(file, report, CancellationToken.None);
        return folder.Faults.Count + azurite.Faults.Count == 0 ? 0 : 1;
    }
}
