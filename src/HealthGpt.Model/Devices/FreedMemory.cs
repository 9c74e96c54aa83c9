using System.Runtime.InteropServices;

namespace HealthGpt.Model.Devices;

/// <summary>
/// Gives native memory that tensors no longer use back to the operating system. Batches of many lengths leave glibc's heap full of gaps that it keeps for
/// itself: a process that trains grows by hundreds of megabytes that nothing lives in.
/// </summary>
public static class FreedMemory
{
    // As malloc.h of glibc numbers them.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;

    // The first is the largest that glibc takes, the others are far above what a step frees.
    private static readonly (int Parameter, int Value)[] Kept = [(MmapThreshold, 32 << 20), (TrimThreshold, int.MaxValue), (TopPad, 64 << 20)];

    // What glibc comes to by itself where tensors are large.
    private static readonly (int Parameter, int Value)[] Usual = [(TrimThreshold, 64 << 20), (TopPad, 128 << 10)];

    private static readonly nint Trim = Find("malloc_trim");
    private static readonly nint Option = Find("mallopt");

    /// <summary>Returns what is free; some ten milliseconds. Does nothing where the C library has no <c>malloc_trim</c>.</summary>
    public static unsafe void Return()
    {
        if (Trim != 0) _ = ((delegate* unmanaged<nuint, int>)Trim)(0);
    }

    /// <summary>
    /// Has the C library keep what a step frees for the next one, until <see cref="Return"/>. By itself it gives a large part back after each step, and the operating system clears a thousand pages
    /// for the next. Does nothing where there is no <c>mallopt</c>.
    /// </summary>
    public static void KeepBetweenSteps() => Set(Kept);

    /// <summary>Collects garbage first; for the end of something large. What is freed later goes back as it usually does.</summary>
    public static void CollectAndReturn()
    {
        Set(Usual);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Return();
    }

    private static unsafe void Set((int Parameter, int Value)[] options)
    {
        if (Option == 0) return;
        foreach (var (parameter, value) in options) _ = ((delegate* unmanaged<int, int, int>)Option)(parameter, value);
    }

    private static nint Find(string function) =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, function, out var found) ? found : 0;
}
