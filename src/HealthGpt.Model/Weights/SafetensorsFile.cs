namespace HealthGpt.Model.Weights;

/// <summary>A safetensors file, open for reading; tensors are read one by one when asked for.</summary>
public sealed class SafetensorsFile : WeightFile
{
    private readonly SafetensorsHeader _header;

    internal SafetensorsFile(WeightBytes bytes, string name)
        : base(bytes, name) => _header = SafetensorsHeader.Read(bytes, name);

    /// <inheritdoc />
    public override WeightFileKind Kind => WeightFileKind.Safetensors;

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, WeightEntry> Entries => _header.Entries;

    /// <summary>The file's free-form metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="WeightFileException">The file is missing or its header does not fit it.</exception>
    public static new SafetensorsFile Open(string path) => Own(WeightBytes.Map(path), bytes => new SafetensorsFile(bytes, path));

    /// <summary>Opens a file that lies in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="WeightFileException">The header does not fit the file.</exception>
    public static new SafetensorsFile Parse(byte[] bytes, string name = "weights") => Own(new WeightBytes(bytes), owned => new SafetensorsFile(owned, name));
}
