using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace HealthGpt.Model.Devices;

/// <summary>
/// Own work on the threads that libtorch's operations run on. Between operations those spin for some milliseconds, waiting for the next one: on all processors there are, threads of any other pool would
/// wait for them. Where libtorch has no GNU OpenMP (Windows, macOS) it is the thread pool's.
/// </summary>
public static unsafe class TorchThreads
{
    private static readonly nint Fork = Find();

    /// <summary>Runs parts of a work, in any order and on as many threads as libtorch uses for an operation of this one.</summary>
    /// <param name="parts">How many parts there are.</param>
    /// <param name="work">Does the part of a number.</param>
    /// <exception cref="Exception">What a part met first; the others may have been done or not.</exception>
    public static void Run(long parts, Action<long> work)
    {
        var threads = (int)Math.Min(torch.get_num_threads(), parts);
        if (threads > 1 && Fork == 0)
        {
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);
            return;
        }

        if (threads > 1)
        {
            RunForked(threads, new Shared(parts, work));
            return;
        }

        for (var part = 0L; part < parts; part++) work(part);
    }

    private static void RunForked(int threads, Shared shared)
    {
        var handle = GCHandle.Alloc(shared);
        try
        {
            ((delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)Fork)(&Enter, GCHandle.ToIntPtr(handle), (uint)threads, 0);
        }
        finally
        {
            handle.Free();
        }

        shared.ThrowFailure();
    }

    [UnmanagedCallersOnly]
    private static void Enter(nint shared) => ((Shared)GCHandle.FromIntPtr(shared).Target!).Work();

    private static nint Find()
    {
        // Any call makes TorchSharp load libtorch.
        _ = torch.get_num_threads();
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libtorch_cpu.so", typeof(torch).Assembly, null, out var library)) return 0;
        // It is looked for in what libtorch was linked with as well.
        return NativeLibrary.TryGetExport(library, "GOMP_parallel", out var fork) ? fork : 0;
    }

    /// <summary>A work whose parts several threads take one by one.</summary>
    private sealed class Shared(long parts, Action<long> work)
    {
        private long _taken;
        private Exception? _failure;

        // No exception may leave through OpenMP's frames.
        public void Work()
        {
            for (var part = Interlocked.Increment(ref _taken) - 1; part < parts; part = Interlocked.Increment(ref _taken) - 1)
            {
                try
                {
                    work(part);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref _failure, error, null);
                }
            }
        }

        public void ThrowFailure()
        {
            if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
        }
    }
}
