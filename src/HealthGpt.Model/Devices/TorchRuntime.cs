using System.Runtime.InteropServices;
using TorchSharp;

namespace HealthGpt.Model.Devices;

/// <summary>Process-wide settings of libtorch, made before any model computes.</summary>
public static class TorchRuntime
{
    private static readonly Lazy<bool> Prepared = new(Set);

    /// <summary>
    /// Once a process: float32 on CUDA keeps all of its bits, as on the CPU, and NNPACK is off. Where the CPU is unknown to NNPACK, libtorch writes a warning to standard
    /// error for every small convolution and then does without it anyway.
    /// </summary>
    public static void Prepare() => _ = Prepared.Value;

    private static bool Set()
    {
        // Any call makes TorchSharp load libtorch.
        _ = torch.get_num_threads();
        ForbidTf32();
        DisableNnpack();
        return true;
    }

    // TF32 keeps ten bits of each factor. cuDNN's convolutions use it unless told not to, and cuBLAS' products wherever a process allowed it.
    private static void ForbidTf32() => torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = false;

    // TorchSharp has no switch for it.
    private static unsafe void DisableNnpack()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libtorch_cpu.so", typeof(torch).Assembly, null, out var library)) return;
        if (!NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)) return;
        if (!NativeLibrary.TryGetExport(library, "_ZN2at7Context20setUserEnabledNNPACKEb", out var enable)) return;
        ((delegate* unmanaged<nint, byte, void>)enable)(((delegate* unmanaged<nint>)context)(), 0);
    }
}
