using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.State;

namespace HealthGpt.Benchmarks.Checkpoints;

/// <summary>What it costs that a checkpoint is whole or does not exist: hashes, fsync and renames, against plain writing and reading of the same bytes.</summary>
internal sealed class CheckpointBenchmark : IBenchmark
{
    private const int RecordBytes = 2048;

    public string Name => "checkpoint";

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        CompareWithStep(meter, folder);
        var state = StateBytes(folder);
        var work = new Work(state.Sum(file => (double)file.Length) / 1e6, "MB");
        var what = $"a checkpoint of healthgpt-nano, {work.Amount:F1} MB";
        var plain = folder["plain"];
        var whole = folder["manifest"];
        Directory.CreateDirectory(plain);
        meter.Compare(
            Name, what + ", written",
            Side.Of("File.WriteAllBytes", () => WritePlain(plain, state)),
            Side.Of("folder with manifest", () => WriteWhole(whole, state)), work);
        meter.Compare(
            Name, what + ", written and verified",
            Side.Of("File.WriteAllBytes, not verified", () => WritePlain(plain, state)),
            Side.Of("folder with manifest, opened again", () =>
            {
                WriteWhole(whole, state);
                Open(whole);
            }), work);
        meter.Compare(
            Name, what + ", read",
            Side.Of("File.ReadAllBytes", () => ReadPlain(plain)),
            Side.Of("folder with manifest, verified and read", () => ReadWhole(whole)), work);

        var record = state[0][..RecordBytes];
        meter.Compare(
            Name, $"a record of {RecordBytes} bytes, as grain state is",
            Side.Of("File.WriteAllBytes", () => File.WriteAllBytes(folder["plain-record"], record)),
            Side.Of("AtomicFile.Write", () => AtomicFile.Write(folder["atomic-record"], record)));
    }

    // All else is done off the training thread.
    private void CompareWithStep(Meter meter, TemporaryFolder folder)
    {
        using var step = new Training.VqaStep(folder["cache"], cacheBytes: 64L << 20, Training.VqaStep.Half);
        meter.Compare(
            Name, "what a checkpoint costs the training thread, healthgpt-nano, bfloat16",
            Side.Of("a training step", () => _ = step.Run()),
            Side.Of("the snapshot of the state", () => _ = step.State.Serialize(step.State.Moments[0])));
    }

    // What a worker writes in the instruction phase: all trained weights, the new plugin and the optimizer's moments.
    private static IReadOnlyList<byte[]> StateBytes(TemporaryFolder folder)
    {
        using var step = new Training.VqaStep(folder["cache"], cacheBytes: 0, Training.VqaStep.Single);
        return step.State.Serialize(step.State.Moments[0]);
    }

    private static void WritePlain(string folder, IReadOnlyList<byte[]> files)
    {
        for (var index = 0; index < files.Count; index++) File.WriteAllBytes(Path.Combine(folder, NameOf(index)), files[index]);
    }

    private static void WriteWhole(string folder, IReadOnlyList<byte[]> files) => ManifestFolder.WriteAsync(
        At(folder), [.. files.Select((bytes, index) => new KeyValuePair<string, ReadOnlyMemory<byte>>(NameOf(index), bytes))], new Dictionary<string, string>(),
        CancellationToken.None).GetAwaiter().GetResult();

    private static ArtifactLocation At(string folder) => ArtifactLocation.Open(new FolderAddress(folder));

    private static ManifestFolder Open(string folder) =>
        ManifestFolder.TryOpenAsync(At(folder), CancellationToken.None).GetAwaiter().GetResult() ?? throw new InvalidOperationException($"what was written to '{folder}' is not whole");

    private static void ReadPlain(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) File.ReadAllBytes(file);
    }

    private static void ReadWhole(string folder)
    {
        var opened = ManifestFolder.FindAsync(At(folder), CancellationToken.None).GetAwaiter().GetResult()!;
        foreach (var file in opened.Files) opened.ReadAsync(file, CancellationToken.None).GetAwaiter().GetResult();
    }

    private static string NameOf(int index) => $"state-{index:D5}.safetensors";
}
