using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>A safetensors file, open for reading; tensors are read one by one when asked for.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly Stream _stream;
    private readonly string _name;
    private readonly SafetensorsHeader _header;
    private readonly Lock _gate = new();

    private SafetensorsFile(Stream stream, string name)
    {
        _stream = stream;
        _name = name;
        _header = SafetensorsHeader.Read(stream, name);
    }

    /// <summary>The tensors by key.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The file's free-form metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="WeightFileException">The file is missing or its header does not fit it.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path)) throw new WeightFileException(path, "does not exist; the weights must be at that place");
        return Wrap(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), path);
    }

    /// <summary>Opens a file that lies in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in errors.</param>
    public static SafetensorsFile Parse(byte[] bytes, string name = "weights") => Wrap(new MemoryStream(bytes, writable: false), name);

    private static SafetensorsFile Wrap(Stream stream, string name)
    {
        try
        {
            return new SafetensorsFile(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor; the caller owns it.</summary>
    /// <exception cref="WeightFileException">The file has no tensor of that name.</exception>
    public Tensor Read(string name)
    {
        if (!Entries.TryGetValue(name, out var entry))
            throw new WeightFileException(_name, $"has no tensor '{name}'; it has {Entries.Count} others, such as '{Entries.Keys.FirstOrDefault()}'");

        var tensor = empty(entry.Shape, entry.Type);
        if (entry.Length == 0) return tensor;
        lock (_gate)
        {
            _stream.Position = _header.DataStart + entry.Offset;
            _stream.ReadExactly(tensor.bytes);
        }

        return tensor;
    }

    /// <inheritdoc />
    public void Dispose() => _stream.Dispose();
}
