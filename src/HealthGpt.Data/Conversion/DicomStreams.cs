using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Conversion;

/// <summary>
/// Reads DICOM files that come one after another out of an archive or from a server. Errors call them by number: their own names
/// often are the patient's.
/// </summary>
internal sealed class DicomStreams(string name, long maximumBytes, bool passesOver = false)
{
    private const int MaximumFiles = 20_000;
    private const int ChunkBytes = 1 << 16;

    private readonly long _maximumBytes = Math.Min(maximumBytes, Array.MaxLength);
    private readonly List<DicomImage> _images = [];
    private int _number;
    private long _bytes;

    /// <summary>The images so far.</summary>
    public IReadOnlyList<DicomImage> Images => _images;

    /// <summary>What errors call the file that is read next.</summary>
    public string NextName => $"{name}, file {_number + 1}";

    /// <summary>Files that are no DICOM or a document, where such are passed over.</summary>
    public int PassedOver { get; private set; }

    /// <summary>Reads a file to its end.</summary>
    /// <returns>Its bytes.</returns>
    /// <exception cref="DicomFormatException">It is no DICOM file and not passed over, or more than the limits allow.</exception>
    public async Task<byte[]> AddAsync(Stream stream, CancellationToken cancellationToken)
    {
        var file = NextName;
        if (++_number > MaximumFiles)
            throw new DicomFormatException(name, $"it has more than {MaximumFiles} files; convert one series at a time");
        var header = new byte[DicomFile.HeaderLength];
        var count = await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
        var isForeign = passesOver && !DicomFile.IsOneOrBare(header.AsSpan(0, count));
        if (!isForeign)
            DicomFile.CheckPrefix(header.AsSpan(0, count), file);
        using var content = new MemoryStream();
        content.Write(header.AsSpan(0, count));
        await CopyAsync(stream, content, cancellationToken);
        var bytes = content.ToArray();
        if (!passesOver)
            _images.Add(DicomImage.Parse(bytes, file));
        else if (!isForeign && DicomImage.ParseUnlessDocument(bytes, file) is { } image)
            _images.Add(image);
        else
            PassedOver++;
        return bytes;
    }

    /// <summary>Refuses more bytes than are allowed.</summary>
    /// <param name="more">Bytes that come on top of those read.</param>
    public void CheckRoom(long more)
    {
        if (more > _maximumBytes - _bytes)
            throw new DicomFormatException(name, $"its files have more than {_maximumBytes} bytes, the most that is read at once; convert the series in parts");
    }

    private async Task CopyAsync(Stream stream, MemoryStream content, CancellationToken cancellationToken)
    {
        _bytes += content.Length;
        var chunk = new byte[ChunkBytes];
        int count;
        while ((count = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            CheckRoom(count);
            content.Write(chunk, 0, count);
            _bytes += count;
        }
    }
}
