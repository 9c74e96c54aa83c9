using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using HealthGpt.Collectives.Nccl;

namespace HealthGpt.Collectives.Tests.Nccl;

/// <summary>The library of stand_in.c, compiled once where there is a C compiler.</summary>
internal sealed unsafe class StandIn
{
    private static readonly Lazy<string?> Built = new(Build);

    private readonly nint _library;

    private StandIn(string path)
    {
        _library = NativeLibrary.Load(path);
        Library = NcclLibrary.Load(path);
    }

    public NcclLibrary Library { get; }

    /// <summary>The last call that it refused.</summary>
    public string Written => Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)NativeLibrary.GetExport(_library, "standInWritten"))())!;

    public int Destroyed => ((delegate* unmanaged<int>)NativeLibrary.GetExport(_library, "standInDestroyed"))();

    public int Aborted => ((delegate* unmanaged<int>)NativeLibrary.GetExport(_library, "standInAborted"))();

    /// <summary>The ranks that are in a receive.</summary>
    public int Waiting => ((delegate* unmanaged<int>)NativeLibrary.GetExport(_library, "standInWaiting"))();

    public static StandIn LoadOrSkip()
    {
        if (Built.Value is null)
            Assert.Skip("the stand-in for NCCL is C, and there is no gcc here");
        return new StandIn(Built.Value);
    }

    private static string? Build()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        string source = Path.Combine(AppContext.BaseDirectory, "Nccl", "stand_in.c");
        string library = Path.Combine(AppContext.BaseDirectory, "libnccl-stand-in.so");
        try
        {
            using Process compiler = Process.Start("gcc", ["-std=c11", "-O1", "-fPIC", "-shared", "-pthread", "-o", library, source]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? library : throw new InvalidOperationException("gcc cannot compile stand_in.c");
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
