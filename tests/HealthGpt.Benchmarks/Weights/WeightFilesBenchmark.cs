using System.Diagnostics;
using System.Globalization;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Synthesis;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Weights;

/// <summary>Reading and verifying HealthGPT-M3 at its full size, against dd: from the disk, and from the page cache. It writes 10 GB into the temporary folder.</summary>
internal sealed class WeightFilesBenchmark : IBenchmark
{
    private const string Pattern = "*.safetensors";

    public string Name => "weight-files";

    public bool OnlyByName => true;

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        var model = folder["m3"];
        new SyntheticModel(ModelPreset.M3, ScalarType.BFloat16, seed: 1).Write(model, _ => { }, meter.CancellationToken);
        Compare(meter, "the base", Path.Combine(model, "base"), "every tensor read", folder => FilesOf(folder).ForEach(Read));
        Compare(meter, "the whole model", model, "verified: SHA-256, shapes, NaN", Verify);
    }

    private void Compare(Meter meter, string what, string folder, string name, Action<string> run)
    {
        var files = FilesOf(folder);
        var work = new Work(files.Sum(file => new FileInfo(file).Length) / 1e9, "GB");
        foreach (var cold in new[] { true, false })
        {
            Action before = cold ? () => files.ForEach(PageCache.Drop) : () => { };
            meter.Compare(
                Name, string.Create(CultureInfo.InvariantCulture, $"HealthGPT-M3, {what}, bfloat16, {work.Amount:0.00} GB, {(cold ? "from the disk" : "from the page cache")}"),
                Side.Of("dd bs=4M of=/dev/null", () => files.ForEach(Copy), before), Side.Of(name, () => run(folder), before), work);
        }
    }

    private static List<string> FilesOf(string folder) => [.. Directory.GetFiles(folder, Pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static void Copy(string file)
    {
        using var dd = Process.Start(new ProcessStartInfo("dd", [$"if={file}", "of=/dev/null", "bs=4M"]) { RedirectStandardError = true })!;
        dd.StandardError.ReadToEnd();
        dd.WaitForExit();
        if (dd.ExitCode != 0) throw new IOException($"dd ended with exit code {dd.ExitCode}");
    }

    private static void Read(string file)
    {
        using var open = WeightFile.Open(file);
        foreach (var name in open.Entries.Keys) open.Read(name).Dispose();
    }

    private static void Verify(string folder)
    {
        var report = ModelCheck.Run(folder, CancellationToken.None);
        if (report.Faults.Count > 0) throw new InvalidOperationException($"{folder}: {report.Faults[0]}");
    }
}
