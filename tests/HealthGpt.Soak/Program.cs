using System.Diagnostics;
using HealthGpt.Soak;
using HealthGpt.Soak.Weights;

const int HangSeconds = 60;

SoakOptions options;
try
{
    options = SoakOptions.Parse(args);
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(SoakOptions.Usage);
    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // The temporary folder goes on the way out.
    pressed.Cancel = true;
    interrupted.Cancel();
};

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
    var run = Task.Run(() => soak.Run(folder.FullName, options.Files, interrupted.Token));
    while (!run.Wait(TimeSpan.FromSeconds(5)))
    {
        Console.WriteLine($"{soak.Files} files, {soak.Refused} refused, {soak.Read} read, {soak.Faults.Count} faults");
        if (Environment.TickCount64 - soak.Started < HangSeconds * 1000L) continue;
        Console.WriteLine($"file {soak.Files} of seed {options.Seed} hangs for more than {HangSeconds} s");
        return 1;
    }

    foreach (var fault in soak.Faults.Take(20)) Console.WriteLine(fault);
    var report = SoakReport.Of(soak, options, seeds, clock.Elapsed);
    Console.WriteLine(report);
    if (interrupted.IsCancellationRequested) return 130;
    if (options.OutputFile is { } file) File.WriteAllText(file, report);
    return soak.Faults.Count == 0 ? 0 : 1;
}
finally
{
    folder.Delete(recursive: true);
}
