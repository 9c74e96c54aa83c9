using System.Diagnostics;
using HealthGpt.Model.Weights;

namespace HealthGpt.Soak.Weights;

/// <summary>What came of reading one file whole.</summary>
/// <param name="Refusal">The message where it was refused; null where it was read.</param>
/// <param name="Fault">What must not happen: another exception, a hang, or too much memory; null where nothing did.</param>
/// <param name="Took">The time.</param>
/// <param name="Allocated">Managed bytes, and the bytes of all tensors as if they were held at once.</param>
/// <param name="Allowed">Twice the file and 16 MB.</param>
internal sealed record Probe(string? Refusal, string? Fault, TimeSpan Took, long Allocated, long Allowed)
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Reads all tensors of a file.</summary>
    public static Probe Run(string path)
    {
        var probe = RunOnce(path);
        // Another process may have held the processor: a true hang is as long the second time.
        return probe.Took > Longest && RunOnce(path) is var again && again.Took < probe.Took ? again : probe;
    }

    private static Probe RunOnce(string path)
    {
        var allowed = (2 * new FileInfo(path).Length) + (16 << 20);
        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tensors = 0L;
        string? refusal = null, fault = null;
        try
        {
            using var file = WeightFile.Open(path);
            foreach (var entry in file.Entries.Values)
            {
                using var tensor = file.Read(entry.Name);
                tensors += tensor.numel() * tensor.element_size();
            }
        }
        catch (WeightFileException refused)
        {
            refusal = refused.Message;
            if (!refusal.StartsWith(path, StringComparison.Ordinal)) fault = $"the message does not name the file: {refusal}";
        }
        catch (Exception error)
        {
            fault = error.ToString();
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before + tensors;
        if (allocated > allowed) fault ??= $"took {allocated} bytes, allowed {allowed}";
        if (clock.Elapsed > Longest) fault ??= $"took {clock.Elapsed}";
        return new Probe(refusal, fault, clock.Elapsed, allocated, allowed);
    }
}
