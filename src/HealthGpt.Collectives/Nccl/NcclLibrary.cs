using System.Runtime.InteropServices;

namespace HealthGpt.Collectives.Nccl;

/// <summary>
/// NVIDIA's collectives library, loaded when somebody asks for it. The signatures are those of nccl.h (2.x): pointers, streams and communicators as addresses, size_t as nuint,
/// enums as int.
/// </summary>
public sealed unsafe class NcclLibrary
{
    /// <summary>The environment variable that names the library's file.</summary>
    public const string Variable = "HEALTHGPT_NCCL";

    internal const int Success = 0;

    /// <summary>ncclFloat32 of ncclDataType_t.</summary>
    internal const int Float32 = 7;

    private const string FileName = "libnccl.so.2";

    private readonly string _path;
    private readonly nint _library;
    private readonly delegate* unmanaged<int*, int> _getVersion;
    private readonly delegate* unmanaged<NcclUniqueId*, int> _getUniqueId;
    private readonly delegate* unmanaged<nint*, int, NcclUniqueId, int, int> _commInitRank;
    private readonly delegate* unmanaged<nint, int> _commDestroy;
    private readonly delegate* unmanaged<nint, int> _commAbort;
    private readonly delegate* unmanaged<int, byte*> _getErrorString;
    private readonly delegate* unmanaged<int> _groupStart;
    private readonly delegate* unmanaged<int> _groupEnd;
    private readonly delegate* unmanaged<nint, nuint, int, int, nint, nint, int> _send;
    private readonly delegate* unmanaged<nint, nuint, int, int, nint, nint, int> _recv;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, nint, int> _allGather;

    private NcclLibrary(string path, nint library)
    {
        _path = path;
        _library = library;
        _getVersion = (delegate* unmanaged<int*, int>)Function("ncclGetVersion");
        _getUniqueId = (delegate* unmanaged<NcclUniqueId*, int>)Function("ncclGetUniqueId");
        _commInitRank = (delegate* unmanaged<nint*, int, NcclUniqueId, int, int>)Function("ncclCommInitRank");
        _commDestroy = (delegate* unmanaged<nint, int>)Function("ncclCommDestroy");
        _commAbort = (delegate* unmanaged<nint, int>)Function("ncclCommAbort");
        _getErrorString = (delegate* unmanaged<int, byte*>)Function("ncclGetErrorString");
        _groupStart = (delegate* unmanaged<int>)Function("ncclGroupStart");
        _groupEnd = (delegate* unmanaged<int>)Function("ncclGroupEnd");
        _send = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Function("ncclSend");
        _recv = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Function("ncclRecv");
        _allGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Function("ncclAllGather");
    }

    /// <summary>The library's version, such as 2.27.5.</summary>
    /// <exception cref="NcclException">It does not say.</exception>
    public Version Version
    {
        get
        {
            int code;
            Check(_getVersion(&code), "ncclGetVersion");
            // NCCL_VERSION of nccl.h: up to 2.8 with two digits less.
            return code < 10_000 ? new Version(code / 1000, code / 100 % 10, code % 100) : new Version(code / 10_000, code / 100 % 100, code % 100);
        }
    }

    /// <summary>Loads the library; it stays loaded.</summary>
    /// <param name="path">Its file; where left out, what <see cref="Variable"/> names, else libnccl.so.2 beside the program or where the system's loader looks.</param>
    /// <exception cref="NcclLibraryException">It is not there, or lacks a function.</exception>
    public static NcclLibrary Load(string? path = null)
    {
        path ??= Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;
        if (path is not null && NativeLibrary.TryLoad(path, out nint library))
            return new NcclLibrary(path, library);
        if (path is null && (NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, FileName), out library) || NativeLibrary.TryLoad(FileName, out library)))
            return new NcclLibrary(FileName, library);
        string where = path is not null ? $"'{path}'" : $"{FileName}, beside the program ({AppContext.BaseDirectory}) and where the system's loader looks (LD_LIBRARY_PATH, /etc/ld.so.conf)";
        throw new NcclLibraryException(
            $"NCCL cannot be loaded as {where}; install NVIDIA's package libnccl2, or name the file in {Variable}, or use the transport auto, shared-memory or tcp");
    }

    internal NcclUniqueId GetUniqueId()
    {
        NcclUniqueId id;
        Check(_getUniqueId(&id), "ncclGetUniqueId");
        return id;
    }

    internal nint CommInitRank(int ranks, NcclUniqueId id, int rank)
    {
        nint communicator = 0;
        Check(_commInitRank(&communicator, ranks, id, rank), "ncclCommInitRank");
        return communicator;
    }

    internal void CommDestroy(nint communicator) => Check(_commDestroy(communicator), "ncclCommDestroy");

    internal void CommAbort(nint communicator) => Check(_commAbort(communicator), "ncclCommAbort");

    internal string GetErrorString(int result) => Marshal.PtrToStringUTF8((nint)_getErrorString(result)) ?? "no text";

    /// <summary>Makes one operation of all sends and receives in <paramref name="calls"/>, so that none waits for another.</summary>
    internal void Group(Action calls)
    {
        Check(_groupStart(), "ncclGroupStart");
        try
        {
            calls();
        }
        catch
        {
            // Leaves the group; the first failure is the one to tell.
            _ = _groupEnd();
            throw;
        }
        Check(_groupEnd(), "ncclGroupEnd");
    }

    internal void Send(nint values, long count, int peer, nint communicator, nint stream) =>
        Check(_send(values, checked((nuint)count), Float32, peer, communicator, stream), "ncclSend");

    internal void Receive(nint into, long count, int peer, nint communicator, nint stream) =>
        Check(_recv(into, checked((nuint)count), Float32, peer, communicator, stream), "ncclRecv");

    internal void AllGather(nint mine, nint all, long count, nint communicator, nint stream) =>
        Check(_allGather(mine, all, checked((nuint)count), Float32, communicator, stream), "ncclAllGather");

    private void Check(int result, string function)
    {
        if (result != Success)
            throw new NcclException(function, result, GetErrorString(result));
    }

    private nint Function(string name) => NativeLibrary.TryGetExport(_library, name, out nint address)
        ? address
        : throw new NcclLibraryException($"'{_path}' has no {name}, which NCCL has since 2.7; install a newer libnccl2, or use the transport auto, shared-memory or tcp");
}
