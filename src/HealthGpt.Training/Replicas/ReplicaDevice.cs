using HealthGpt.Training.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Replicas;

/// <summary>The device that a replica computes on. Masters, moments and the exchange of gradients are on the CPU, wherever that is.</summary>
public static class ReplicaDevice
{
    private const string Drivers = "/proc/driver/nvidia";

    /// <summary>What to do where a kind of device cannot be used, but for taking the CPU.</summary>
    public const string Remedy = "build with -p:Device=cuda on a machine with an NVIDIA GPU and its driver";

    /// <summary>Looks whether a kind of device can be used here.</summary>
    /// <param name="kind">As job files name it.</param>
    /// <returns>Why not, to follow its name in a message; null where it can.</returns>
    public static string? ProblemOf(string kind) => kind == "cpu" || cuda.is_available() ? null : "cannot be used here: libtorch finds no such device";

    /// <summary>The device.</summary>
    /// <param name="choice">What the job says.</param>
    /// <param name="index">Which of the machine's; counted round where there are fewer.</param>
    /// <exception cref="InvalidOperationException">There is none here.</exception>
    internal static Device Of(DeviceChoice choice, int index)
    {
        if (ProblemOf(choice.Kind) is { } problem) throw new InvalidOperationException($"device.kind is '{choice.Kind}', which {problem}; {Remedy}, or set it to cpu.");
        return choice.Kind == "cpu" ? CPU : new Device(DeviceType.CUDA, index % cuda.device_count());
    }

    /// <summary>What chooses the kernels there, and with them the bits, as one readable line.</summary>
    /// <param name="choice">What the job says.</param>
    internal static string ModelOf(DeviceChoice choice) => choice.Kind == "cpu" ? $"cpu: {ReplicaFingerprint.Processor}" : $"cuda: {string.Join(", ", Models().Distinct())}; driver: {Driver()}; cpu: {ReplicaFingerprint.Processor}";

    private static IEnumerable<string> Models()
    {
        if (!Directory.Exists($"{Drivers}/gpus")) return ["unknown model"];
        return Directory.GetDirectories($"{Drivers}/gpus").Order(StringComparer.Ordinal)
            .Select(gpu => Line($"{gpu}/information", "Model:") ?? "unknown model");
    }

    private static string Driver() => Line($"{Drivers}/version", "NVRM version:") ?? "unknown";

    private static string? Line(string file, string start)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..].Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
