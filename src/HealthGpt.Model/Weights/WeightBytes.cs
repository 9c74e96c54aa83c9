using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using HealthGpt.Model.Folders;
using HealthGpt.Storage.Files;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>
/// The bytes of a weight file: the file, mapped read-only for its header, or an array. A tensor that is read copies its own bytes and no others, by reading the file: pages
/// of a mapping that were touched count as this process's memory, and would be a second copy of every tensor.
/// </summary>
internal sealed unsafe class WeightBytes : IDisposable
{
    // A span holds at most 2 GB; a larger tensor is copied in parts of this many bytes, a multiple of every element size.
    private const int Part = 1 << 30;

    private readonly string _name = "";
    private readonly SafeFileHandle? _file;
    private readonly MemoryMappedFile? _map;
    private readonly SafeBuffer? _view;
    private readonly byte[] _array = [];

    private WeightBytes(string name, SafeFileHandle file, MemoryMappedFile map, long length)
    {
        (_name, _file, _map, Length) = (name, file, map, length);
        _view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read).SafeMemoryMappedViewHandle;
    }

    public WeightBytes(byte[] array)
    {
        _array = array;
        Length = array.Length;
    }

    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="WeightFileException">It is missing or cannot be opened.</exception>
    public static WeightBytes Map(string path)
    {
        if (!File.Exists(path)) throw new WeightFileException(path, "does not exist; the weights must be at that place");
        try
        {
            if (OrdinaryFile.LengthOf(path) == 0) throw new IOException(OrdinaryFile.Refusal);
            var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            try
            {
                // An empty file cannot be mapped.
                if (RandomAccess.GetLength(file) is > 0 and var length) return Map(path, file, length);
                file.Dispose();
                return new WeightBytes([]);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"cannot be used: {FileTrouble.Of(error, path)}; get it again from where it came", error);
        }
    }

    private static WeightBytes Map(string path, SafeFileHandle file, long length)
    {
        var map = MemoryMappedFile.CreateFromFile(file, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        try
        {
            return new WeightBytes(path, file, map, length);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Some of the bytes where they lie. Valid until this is disposed: for use while a file is being opened.</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        if (_view is null) return _array.AsSpan((int)offset, length);
        // The view starts at the file's first byte, so its handle is the pointer.
        return new ReadOnlySpan<byte>((byte*)_view.DangerousGetHandle() + offset, length);
    }

    /// <summary>Copies bytes into a contiguous CPU tensor, as many as it has.</summary>
    public void CopyTo(Tensor target, long offset)
    {
        var length = target.numel() * target.element_size();
        if (length <= Part)
        {
            if (length > 0) CopyTo(target.bytes, offset);
            return;
        }

        using var flat = target.view(-1);
        var elements = Part / target.element_size();
        for (var start = 0L; start < flat.numel(); start += elements)
        {
            using var part = flat.narrow(0, start, Math.Min(elements, flat.numel() - start));
            CopyTo(part.bytes, offset + (start * target.element_size()));
        }
    }

    private void CopyTo(Span<byte> target, long offset)
    {
        if (_file is null)
        {
            _array.AsSpan((int)offset, target.Length).CopyTo(target);
            return;
        }

        while (target.Length > 0)
        {
            var read = RandomAccess.Read(_file, target, offset);
            if (read == 0) throw new WeightFileException(_name, $"ends at byte {offset}, but had {Length} bytes when it was opened; it was changed meanwhile");
            target = target[read..];
            offset += read;
        }
    }

    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
        _file?.Dispose();
    }
}
