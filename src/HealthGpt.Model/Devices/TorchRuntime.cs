using System.Runtime.InteropServices;
using TorchSharp;

namespace HealthGpt.Model.Devices;

/// <summary>Process-wide settings of libtorch that TorchSharp does not offer.</summary>
public static class TorchRuntime
{
    private static readonly Lazy<bool> Prepared = new(DisableNnpack);

    /// <summary>
    /// Switches NNPACK off, once a process. Where the CPU is unknown to it, libtorch writes a warning to standard error for every small convolution
    /// and then does without it anyway.
    /// </summary>
    /// <returns>Whether the switch was found.</returns>
    public static bool Prepare() => Prepared.Value;

    private static unsafe bool DisableNnpack()
    {
        // Any call makes TorchSharp load libtorch.
        _ = torch.get_num_threads();
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libtorch_cpu.so", typeof(torch).Assembly, null, out var library)) return false;
        if (!NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)) return false;
        if (!NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out var enable)) return false;
        ((delegate* unmanaged<nint, byte, void>)enable)(((delegate* unmanaged<nint>)context)(), 0);
        return true;
    }
}
