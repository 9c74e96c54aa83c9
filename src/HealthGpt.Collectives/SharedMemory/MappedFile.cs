using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HealthGpt.Collectives.SharedMemory;

/// <summary>
/// A file of one page and two rings, mapped so that each ring lies twice in a row: what crosses a ring's end is still in one piece. Unmapped when released or forgotten.
/// </summary>
internal sealed unsafe partial class MappedFile : SafeHandle
{
    private const int ReadWrite = 1 | 2;
    private const int Shared = 1;
    private const int Private = 2;
    private const int Fixed = 0x10;
    private const int Anonymous = 0x20;
    private const int NoReserve = 0x4000;
    private const int Populate = 0x8000;
    private const nint Failed = -1;

    private readonly nuint _length;

    /// <summary>Maps a file that is as long as <see cref="FileBytes"/> says.</summary>
    /// <exception cref="Win32Exception">The system refused.</exception>
    public MappedFile(SafeFileHandle file, int ringBytes)
        : base(Failed, ownsHandle: true)
    {
        int page = Environment.SystemPageSize;
        _length = (nuint)(page + (4L * ringBytes));
        SetHandle(Map(null, _length, 0, Private | Anonymous | NoReserve, -1, 0));
        bool counted = false;
        try
        {
            file.DangerousAddRef(ref counted);
            int descriptor = (int)file.DangerousGetHandle();
            Place(0, page, descriptor, 0);
            for (int ring = 0; ring < 2; ring++)
            {
                long offset = page + ((long)ring * ringBytes);
                Place(page + (2L * ring * ringBytes), ringBytes, descriptor, offset);
                Place(page + (((2L * ring) + 1) * ringBytes), ringBytes, descriptor, offset);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
        finally
        {
            if (counted)
                file.DangerousRelease();
        }
    }

    public override bool IsInvalid => handle == Failed;

    public byte* Address => (byte*)handle;

    public static long FileBytes(int ringBytes) => Environment.SystemPageSize + (2L * ringBytes);

    protected override bool ReleaseHandle() => Unmap((void*)handle, _length) == 0;

    private void Place(long at, long bytes, int descriptor, long offset) =>
        Map(Address + at, (nuint)bytes, ReadWrite, Shared | Fixed | Populate, descriptor, (nint)offset);

    private static nint Map(void* address, nuint length, int protection, int flags, int descriptor, nint offset)
    {
        nint mapped = MapRaw(address, length, protection, flags, descriptor, offset);
        return mapped != Failed ? mapped : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapRaw(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
