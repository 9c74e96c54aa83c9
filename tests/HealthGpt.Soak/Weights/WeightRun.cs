using System.Diagnostics;

namespace HealthGpt.Soak.Weights;

/// <summary>Soaks the readers of weight files.</summary>
internal static class WeightRun
{
    private const int HangSeconds = 60;

    public static int Run(SoakOptions options, CancellationToken interrupted)
    {
        var seeds = SeedFiles.Make().ToList();
        if (options.GoldenFolder is { } golden)
        {
            // Small ones: mutations of large files mostly touch elements, which have no wrong values.
            seeds.AddRange(Directory.EnumerateFiles(golden, "*", SearchOption.AllDirectories)
                .Where(path => Path.GetExtension(path) is ".bin" or ".safetensors" && new FileInfo(path).Length < 60_000).Order(StringComparer.Ordinal).Select(SeedFiles.Load));
        }

        Console.WriteLine($"seed {options.Seed}, {options.Files} files from {seeds.Count} good ones");
        var folder = Directory.CreateTempSubdirectory("healthgpt-soak-");
        try
        {
            var clock = Stopwatch.StartNew();
            var soak = new WeightSoak(seeds, options.Seed);
            // It ends by itself soon after it is told to.
            var run = Task.Run(() => soak.Run(folder.FullName, options.Files, interrupted), CancellationToken.None);
            while (!run.Wait(TimeSpan.FromSeconds(5), CancellationToken.None))
            {
                Console.WriteLine($"{soak.Files} files, {soak.Refused} refused, {soak.Read} read, {soak.Faults.Count} faults");
                if (Environment.TickCount64 - soak.Started < HangSeconds * 1000L) continue;
                Console.WriteLine($"file {soak.Files} of seed {options.Seed} hangs for more than {HangSeconds} s");
                return 1;
            }

            foreach (var fault in soak.Faults.Take(20)) Console.WriteLine(fault);
            var report = WeightReport.Of(soak, options, seeds, clock.Elapsed);
            Console.WriteLine(report);
            if (interrupted.IsCancellationRequested) return 130;
            if (options.OutputFile is { } file) File.WriteAllText(file, report);
            return soak.Faults.Count == 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
