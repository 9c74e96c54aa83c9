using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace HealthGpt.Benchmarks.Reporting;

/// <summary>What a measured time depends on besides the code.</summary>
internal sealed record Machine(IReadOnlyList<string> Facts)
{
    /// <summary>Threads of one tensor operation, as the demo's workers have.</summary>
    public const int Threads = 1;

    private const string CpuInfo = "/proc/cpuinfo";
    private const string LoadAverage = "/proc/loadavg";

    public static Machine Describe() => new(
    [
        $"Date: {DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}",
        $"Processor: {Processor()}, {Environment.ProcessorCount} cores; {string.Join(", ", InstructionSets())}",
        $"Memory: {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30):F0} GiB; temporary files on {new DriveInfo(Path.GetTempPath()).DriveFormat}",
        $"System: {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        $"Libraries: TorchSharp {Version(typeof(torch))}, libtorch {torch.__version__} with {torch.get_num_threads()} thread an operation",
        $"Load of the machine over the last minute, this program included: {Load()}",
    ]);

    private static string Processor() => File.Exists(CpuInfo)
        ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown"
        : RuntimeInformation.ProcessArchitecture.ToString();

    private static IEnumerable<string> InstructionSets()
    {
        if (Avx2.IsSupported) yield return "avx2";
        if (Avx512F.IsSupported) yield return "avx512f";
        // The runtime has no name for these two, which decide how fast bfloat16 is.
        foreach (var flag in CpuFlags().Where(flag => flag is "avx512_bf16" or "amx_bf16")) yield return flag;
        if (AdvSimd.IsSupported) yield return "neon";
    }

    private static string[] CpuFlags() => File.Exists(CpuInfo)
        ? File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? []
        : [];

    private static string Version(Type type) =>
        (type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? $"{type.Assembly.GetName().Version}").Split('+')[0];

    private static string Load() => File.Exists(LoadAverage) ? File.ReadAllText(LoadAverage).Split(' ')[0] : "unknown";
}
