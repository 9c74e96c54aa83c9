using System.Buffers.Binary;

namespace HealthGpt.Data.Dicom;

/// <summary>Frames that are not compressed, one after another.</summary>
internal sealed class NativeFrames : PixelFrames
{
    private readonly byte[] _bytes;
    private readonly bool _bigEndian;

    private NativeFrames(byte[] bytes, bool bigEndian, PixelDescription description, string name)
        : base(description, name)
    {
        _bytes = bytes;
        _bigEndian = bigEndian;
    }

    private bool Subsampled => Description.Photometric == Photometric.YbrFull422;

    private int FrameBytes => Subsampled ? Description.FrameLength / 3 * 2 : Description.FrameLength * Description.BytesPerSample;

    public static NativeFrames Read(DicomDataSet set, DicomElement element, PixelDescription description)
    {
        if (description is { Photometric: Photometric.YbrFull422 } && (description.BitsAllocated != 8 || description.Planar || description.Columns % 2 != 0))
        {
            throw set.Fault(DicomTag.PhotometricInterpretation, "is YBR_FULL_422, which needs 8 bits allocated, samples by pixel and an even number of columns; "
                + "the file is damaged");
        }

        // A frame of the largest size has more bytes than fit an int.
        var pixelBytes = description.Photometric == Photometric.YbrFull422 ? 2 : description.Samples * description.BytesPerSample;
        var frameBytes = (long)description.Rows * description.Columns * pixelBytes;
        var needed = (Int128)frameBytes * description.Frames;
        var present = element.Length!.Value;
        if (present < needed)
        {
            throw set.Fault(DicomTag.PixelData, $"has {present} bytes, but {description.Rows} x {description.Columns} pixels, "
                + $"{description.Samples} samples of {description.BitsAllocated} bits and {description.Frames} frames need {needed}; the file is damaged or cut short");
        }

        var bytes = set.Bytes.Span(element.Start, (int)needed).ToArray();
        // Bytes that were written as words are swapped in big endian (PS3.5, annex A.3).
        if (set.Encoding.BigEndian && element.Representation == DicomElement.OtherWord && description.BitsAllocated == 8)
            bytes = SwapPairs(set.Bytes.Span(element.Start, present), bytes.Length);
        return new NativeFrames(bytes, set.Encoding.BigEndian, description, set.Bytes.Name);
    }

    protected override int[] DecodeCells(int frame)
    {
        var source = _bytes.AsSpan(frame * FrameBytes, FrameBytes);
        var cells = new int[Description.FrameLength];
        if (Subsampled)
        {
            Upsample(source, cells);
            return cells;
        }

        var pixels = Description.Rows * Description.Columns;
        var (pixelStep, sampleStep) = Description.Planar ? (1, pixels) : (Description.Samples, 1);
        for (var sample = 0; sample < Description.Samples; sample++)
        {
            for (var pixel = 0; pixel < pixels; pixel++)
                cells[(pixel * Description.Samples) + sample] = Cell(source, (pixel * pixelStep) + (sample * sampleStep));
        }

        return cells;
    }

    private int Cell(ReadOnlySpan<byte> source, int index) => Description.BitsAllocated switch
    {
        8 => source[index],
        16 => _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(source[(2 * index)..]) : BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * index)..]),
        _ => _bigEndian ? BinaryPrimitives.ReadInt32BigEndian(source[(4 * index)..]) : BinaryPrimitives.ReadInt32LittleEndian(source[(4 * index)..]),
    };

    // Two luminances, then the two colour differences that they share.
    private static void Upsample(ReadOnlySpan<byte> source, int[] cells)
    {
        for (int from = 0, to = 0; from < source.Length; from += 4, to += 6)
        {
            (cells[to], cells[to + 3]) = (source[from], source[from + 1]);
            cells[to + 1] = cells[to + 4] = source[from + 2];
            cells[to + 2] = cells[to + 5] = source[from + 3];
        }
    }

    private static byte[] SwapPairs(ReadOnlySpan<byte> source, int length)
    {
        var swapped = new byte[length];
        for (var i = 0; i < length; i++)
            swapped[i] = (i ^ 1) < source.Length ? source[i ^ 1] : source[i];
        return swapped;
    }
}
