using System.Collections.Frozen;

namespace HealthGpt.Data.Dicom;

/// <summary>How the pixels of a file are coded.</summary>
internal enum PixelCoding
{
    Native,
    Rle,
    JpegBaseline,
    JpegLossless,
}

/// <summary>How a data set is written (PS3.5, section 10 and annex A).</summary>
internal sealed record TransferSyntax(string Uid, string Name, PixelCoding Coding = PixelCoding.Native)
{
    public const string ByDcmtkJpeg = "dcmdjpeg IN.dcm OUT.dcm (of dcmtk)";

    private const string ByDcmtkJpegLs = "dcmdjpls IN.dcm OUT.dcm (of dcmtk)";
    private const string ByGdcm = "gdcmconv --raw IN.dcm OUT.dcm (of gdcm)";

    public static readonly TransferSyntax ExplicitLittleEndian = new("1.2.840.10008.1.2.1", "Explicit VR Little Endian");

    private static readonly FrozenDictionary<string, TransferSyntax> Read = new TransferSyntax[]
    {
        ExplicitLittleEndian,
        new("1.2.840.10008.1.2", "Implicit VR Little Endian") { Explicit = false },
        new("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian") { Deflated = true },
        new("1.2.840.10008.1.2.2", "Explicit VR Big Endian") { BigEndian = true },
        new("1.2.840.10008.1.2.5", "RLE Lossless", PixelCoding.Rle),
        new("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", PixelCoding.JpegBaseline),
        new("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 & 4)", PixelCoding.JpegBaseline),
        new("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", PixelCoding.JpegLossless),
        new("1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14, Selection Value 1)", PixelCoding.JpegLossless),
    }.ToFrozenDictionary(syntax => syntax.Uid);

    // Named so that a refusal can say what the file is and how it is converted; null where nothing converts it to still pictures.
    private static readonly FrozenDictionary<string, (string Name, string? Command)> Refused = new Dictionary<string, (string, string?)>
    {
        ["1.2.840.10008.1.2.1.98"] = ("Encapsulated Uncompressed Explicit VR Little Endian", ByGdcm),
        ["1.2.840.10008.1.2.4.52"] = ("JPEG Extended (Process 3 & 5)", ByDcmtkJpeg),
        ["1.2.840.10008.1.2.4.53"] = ("JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)", ByDcmtkJpeg),
        ["1.2.840.10008.1.2.4.54"] = ("JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9)", ByDcmtkJpeg),
        ["1.2.840.10008.1.2.4.55"] = ("JPEG Full Progression, Non-Hierarchical (Process 10 & 12)", ByDcmtkJpeg),
        ["1.2.840.10008.1.2.4.56"] = ("JPEG Full Progression, Non-Hierarchical (Process 11 & 13)", ByDcmtkJpeg),
        ["1.2.840.10008.1.2.4.58"] = ("JPEG Lossless, Non-Hierarchical (Process 15)", ByDcmtkJpeg),
        ["1.2.840.10008.1.2.4.80"] = ("JPEG-LS Lossless", ByDcmtkJpegLs),
        ["1.2.840.10008.1.2.4.81"] = ("JPEG-LS Lossy (Near-Lossless)", ByDcmtkJpegLs),
        ["1.2.840.10008.1.2.4.90"] = ("JPEG 2000 (Lossless Only)", ByGdcm),
        ["1.2.840.10008.1.2.4.91"] = ("JPEG 2000", ByGdcm),
        ["1.2.840.10008.1.2.4.92"] = ("JPEG 2000 Part 2 Multi-component (Lossless Only)", ByGdcm),
        ["1.2.840.10008.1.2.4.93"] = ("JPEG 2000 Part 2 Multi-component", ByGdcm),
        ["1.2.840.10008.1.2.4.94"] = ("JPIP Referenced", null),
        ["1.2.840.10008.1.2.4.95"] = ("JPIP Referenced Deflate", null),
        ["1.2.840.10008.1.2.4.100"] = ("MPEG2 Main Profile / Main Level", null),
        ["1.2.840.10008.1.2.4.101"] = ("MPEG2 Main Profile / High Level", null),
        ["1.2.840.10008.1.2.4.102"] = ("MPEG-4 AVC/H.264 High Profile / Level 4.1", null),
        ["1.2.840.10008.1.2.4.103"] = ("MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", null),
        ["1.2.840.10008.1.2.4.104"] = ("MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", null),
        ["1.2.840.10008.1.2.4.105"] = ("MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", null),
        ["1.2.840.10008.1.2.4.106"] = ("MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", null),
        ["1.2.840.10008.1.2.4.107"] = ("HEVC/H.265 Main Profile / Level 5.1", null),
        ["1.2.840.10008.1.2.4.108"] = ("HEVC/H.265 Main 10 Profile / Level 5.1", null),
        ["1.2.840.10008.1.2.4.110"] = ("JPEG XL Lossless", null),
        ["1.2.840.10008.1.2.4.111"] = ("JPEG XL JPEG Recompression", null),
        ["1.2.840.10008.1.2.4.112"] = ("JPEG XL", null),
        ["1.2.840.10008.1.2.4.201"] = ("High-Throughput JPEG 2000 (Lossless Only)", null),
        ["1.2.840.10008.1.2.4.202"] = ("High-Throughput JPEG 2000 with RPCL Options (Lossless Only)", null),
        ["1.2.840.10008.1.2.4.203"] = ("High-Throughput JPEG 2000", null),
        ["1.2.840.10008.1.2.8.1"] = ("Deflated Image Frame Compression", null),
    }.ToFrozenDictionary();

    public bool Explicit { get; init; } = true;

    public bool BigEndian { get; init; }

    public bool Deflated { get; init; }

    public bool IsEncapsulated => Coding != PixelCoding.Native;

    /// <exception cref="DicomFormatException">The transfer syntax is not read; the reason names it and how to convert the file.</exception>
    public static TransferSyntax Of(string uid, string name)
    {
        if (Read.TryGetValue(uid, out var syntax))
            return syntax;
        if (Refused.TryGetValue(uid, out var refused))
        {
            var advice = refused.Command is null ? "export it uncompressed from where it came" : $"convert it with {refused.Command}";
            throw new DicomFormatException(name, $"its transfer syntax is {refused.Name} ({uid}), which is not decoded; {advice}");
        }

        // Only UIDs under the standard's own root are quoted: any other could be that of an instance.
        var isStandard = uid.Length <= 64 && uid.StartsWith("1.2.840.10008.", StringComparison.Ordinal) && uid.All(letter => letter == '.' || char.IsAsciiDigit(letter));
        var quoted = isStandard ? uid : "a private one";
        throw new DicomFormatException(name, $"{DicomTag.TransferSyntaxUID} is {quoted}, which is not known here; convert it with {ByGdcm}");
    }
}
