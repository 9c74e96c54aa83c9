namespace HealthGpt.Cli.Demo;

/// <summary>What the processor can do in hardware.</summary>
internal static class CpuFeatures
{
    private const string Description = "/proc/cpuinfo";

    /// <summary>Whether bfloat16 products run in hardware; without, float32 is faster.</summary>
    public static bool HasFastBFloat16()
    {
        if (!File.Exists(Description))
            return false;

        var flags = File.ReadLines(Description).FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? [];
        return flags.Contains("avx512_bf16") || flags.Contains("amx_bf16");
    }
}
