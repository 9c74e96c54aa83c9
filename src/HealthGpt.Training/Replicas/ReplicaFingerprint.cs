using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using HealthGpt.Training.Jobs;
using TorchSharp;

namespace HealthGpt.Training.Replicas;

/// <summary>All that the bits of a training result depend on besides the arithmetic itself, as one readable line.</summary>
internal static class ReplicaFingerprint
{
    /// <summary>The instruction set and model of the processor, which choose a matmul's kernel.</summary>
    public static string Processor { get; } = $"{Architecture()}, {ProcessorModel()}";

    public static string Of(TrainingJob job, string identity) =>
        $"{ReplicaDevice.ModelOf(job.Device)}; threads: {job.Device.Threads}; libtorch: {torch.__version__}; shards: {job.Shards}; microBatch: {job.MicroBatch}; "
        + $"precision: {job.Precision}; job, model and data: {identity[..16]}";

    private static string Architecture()
    {
        // libtorch's own override of what the processor could do.
        if (Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY") is { Length: > 0 } chosen) return $"ATEN_CPU_CAPABILITY={chosen}";
        if (Avx512F.IsSupported) return "AVX-512";
        if (Avx2.IsSupported) return "AVX2";
        return RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string ProcessorModel()
    {
        try
        {
            var lines = File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0).ToList();
            var name = Value(lines, "model name") ?? "unknown model";
            // The matrix units that oneDNN picks bfloat16 kernels by; the runtime has no name for them.
            var flags = (Value(lines, "flags") ?? "").Split(' ').Where(flag => flag is "avx512_bf16" or "amx_bf16" or "avx512_fp16" or "avx512_vnni");
            return string.Join(' ', [name, .. flags.Order(StringComparer.Ordinal)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return RuntimeInformation.OSDescription;
        }
    }

    private static string? Value(IEnumerable<string> lines, string key) =>
        lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim();
}
