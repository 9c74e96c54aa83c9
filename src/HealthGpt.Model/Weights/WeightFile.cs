using HealthGpt.Model.Decoder.Cpu;
using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Weights.PyTorch;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>
/// A weight file of any form, open for reading. Opening checks all that the file claims of itself; tensors are read one by one when asked for, each
/// copied once out of the file. Nothing in a file is executed or written to disk.
/// </summary>
/// <remarks>The file must keep its length while it is being opened, as a mapped file that shrinks ends the process.</remarks>
public abstract class WeightFile : IDisposable
{
    private readonly WeightBytes _bytes;

    private protected WeightFile(WeightBytes bytes, string name)
    {
        _bytes = bytes;
        Name = name;
    }

    /// <summary>The file's path, or what errors call it.</summary>
    public string Name { get; }

    /// <summary>The file's form.</summary>
    public abstract WeightFileKind Kind { get; }

    /// <summary>The tensors by key.</summary>
    public abstract IReadOnlyDictionary<string, WeightEntry> Entries { get; }

    /// <summary>What the file holds beside named tensors, such as a training run's epoch or optimizer; it is not read.</summary>
    public virtual IReadOnlyList<string> IgnoredKeys => [];

    /// <summary>Opens a file; its content decides the form, not its name.</summary>
    /// <param name="path">A safetensors file or a PyTorch pickle.</param>
    /// <exception cref="WeightFileException">The file is missing, of another form, or not what it claims.</exception>
    public static WeightFile Open(string path) => Open(WeightBytes.Map(path), path);

    /// <summary>Opens a file that lies in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="WeightFileException">The file is of another form or not what it claims.</exception>
    public static WeightFile Parse(byte[] bytes, string name = "weights") => Open(new WeightBytes(bytes), name);

    private static WeightFile Open(WeightBytes bytes, string name) => Own<WeightFile>(bytes, owned => KindOf(owned, name) switch
    {
        WeightFileKind.Safetensors => new SafetensorsFile(owned, name),
        WeightFileKind.PyTorchArchive => PyTorchFile.OpenArchive(owned, name),
        _ => PyTorchFile.OpenLegacy(owned, name),
    });

    /// <summary>Gives the bytes to a file, or back where it cannot be made.</summary>
    private protected static T Own<T>(WeightBytes bytes, Func<WeightBytes, T> open)
    {
        try
        {
            return open(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static WeightFileKind KindOf(WeightBytes bytes, string name)
    {
        var start = bytes.Slice(0, (int)Math.Min(bytes.Length, 9));
        if (start.StartsWith("PK\x03\x04"u8)) return WeightFileKind.PyTorchArchive;
        if (start.Length == 9 && start[8] == (byte)'{') return WeightFileKind.Safetensors;
        // PROTO, the first opcode of every pickle that torch.save wrote.
        if (start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5) return WeightFileKind.PyTorchLegacy;
        throw new WeightFileException(name,
            $"is neither a safetensors file nor a PyTorch file: it has {bytes.Length} bytes and starts with {(start.Length == 0 ? "none" : Convert.ToHexString(start))}; it may be truncated or of another form");
    }

    /// <summary>Reads one tensor into memory of its own; the caller owns it.</summary>
    /// <exception cref="WeightFileException">The file has no tensor of that name.</exception>
    public Tensor Read(string name)
    {
        if (!Entries.TryGetValue(name, out var entry))
            throw new WeightFileException(Name, $"has no tensor '{name}'; it has {Entries.Count} others, such as '{Entries.Keys.FirstOrDefault()}'");
        if (entry.Strides is not null) return ReadStrided(entry, entry.Strides);

        var tensor = empty(entry.Shape, entry.Type);
        return Fill(tensor, entry.Offset);
    }

    private Tensor ReadStrided(WeightEntry entry, long[] strides)
    {
        using var elements = empty([Extent(entry.Shape, strides)], entry.Type);
        Fill(elements, entry.Offset);
        using var view = elements.as_strided(entry.Shape, strides);
        return view.contiguous();
    }

    private Tensor Fill(Tensor tensor, long offset)
    {
        try
        {
            if (tensor.numel() > 0) HugePages.Advise(TensorRows.Address(tensor), tensor.numel() * tensor.element_size());
            _bytes.CopyTo(tensor, offset);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Elements from the first of a tensor to behind its last.</summary>
    internal static long Extent(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        Int128 last = 0;
        for (var dimension = 0; dimension < shape.Length; dimension++)
        {
            if (shape[dimension] == 0) return 0;
            last = Int128.Min(last + ((Int128)(shape[dimension] - 1) * strides[dimension]), long.MaxValue - 1);
        }

        return (long)last + 1;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _bytes.Dispose();
        GC.SuppressFinalize(this);
    }
}
