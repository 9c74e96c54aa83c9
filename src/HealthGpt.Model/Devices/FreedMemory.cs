using System.Runtime.InteropServices;

namespace HealthGpt.Model.Devices;

/// <summary>
/// Gives native memory that tensors no longer use back to the operating system. Batches of many lengths leave glibc's heap full of gaps that it keeps for
/// itself: a process that trains grows by hundreds of megabytes that nothing lives in.
/// </summary>
public static class FreedMemory
{
    private static readonly nint Trim = Find();

    /// <summary>Returns what is free; some ten milliseconds. Does nothing where the C library has no <c>malloc_trim</c>.</summary>
    public static unsafe void Return()
    {
        if (Trim != 0) _ = ((delegate* unmanaged<nuint, int>)Trim)(0);
    }

    /// <summary>Collects garbage first; for the end of something large.</summary>
    public static void CollectAndReturn()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Return();
    }

    private static nint Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "malloc_trim", out var trim) ? trim : 0;
}
