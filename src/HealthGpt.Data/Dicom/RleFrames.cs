using System.Buffers.Binary;

namespace HealthGpt.Data.Dicom;

/// <summary>Frames of RLE Lossless (PS3.5, annex G): a segment for every byte of every sample, the upper byte first, each packed by runs.</summary>
internal sealed class RleFrames(byte[][] frames, PixelDescription description, string name) : PixelFrames(description, name)
{
    private const int HeaderLength = 64;

    // Two bytes give at most a run of 128.
    private const int MostBytesPerByte = 64;

    protected override int[] DecodeCells(int frame)
    {
        var bytes = frames[frame];
        var segments = ReadSegments(frame, bytes);
        var pixels = Description.Rows * Description.Columns;
        foreach (var (start, end) in segments)
        {
            if ((long)(end - start) * MostBytesPerByte < pixels)
                throw Fault(frame, $"has an RLE segment of {end - start} bytes, too few for {pixels} pixels; the file is damaged or cut short");
        }

        var cells = new int[Description.FrameLength];
        var plane = new byte[pixels];
        for (var i = 0; i < segments.Length; i++)
        {
            Unpack(frame, bytes.AsSpan(segments[i].Start, segments[i].End - segments[i].Start), plane);
            var (sample, place) = (i / Description.BytesPerSample, i % Description.BytesPerSample);
            var shift = 8 * (Description.BytesPerSample - 1 - place);
            for (var pixel = 0; pixel < pixels; pixel++)
                cells[(pixel * Description.Samples) + sample] |= plane[pixel] << shift;
        }

        return cells;
    }

    private (int Start, int End)[] ReadSegments(int frame, byte[] bytes)
    {
        var expected = Description.Samples * Description.BytesPerSample;
        if (bytes.Length < HeaderLength)
            throw Fault(frame, $"has {bytes.Length} bytes, but an RLE header alone has {HeaderLength}; the file is damaged or cut short");
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (count != expected)
        {
            throw Fault(frame, $"has {count} RLE segments, but {Description.Samples} samples of {Description.BitsAllocated} bits make {expected}; "
                + "the file is damaged");
        }

        var segments = new (int Start, int End)[expected];
        for (var i = 0; i < expected; i++)
        {
            var start = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * (i + 1)));
            var end = i + 1 < expected ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * (i + 2))) : (uint)bytes.Length;
            if (start < HeaderLength || end > bytes.Length || start >= end)
            {
                throw Fault(frame, $"has its RLE segment {i + 1} from {start} to {end}, but it must lie between {HeaderLength} and {bytes.Length}; "
                    + "the file is damaged");
            }

            segments[i] = ((int)start, (int)end);
        }

        return segments;
    }

    private void Unpack(int frame, ReadOnlySpan<byte> source, Span<byte> plane)
    {
        int from = 0, to = 0;
        while (to < plane.Length)
        {
            if (source.Length - from < 2)
                throw Fault(frame, $"has an RLE segment that ends after {to} of {plane.Length} pixels; the file is damaged or cut short");
            var control = (sbyte)source[from++];
            if (control == -128)
                continue;
            var count = Math.Min(control >= 0 ? control + 1 : 1 - control, plane.Length - to);
            if (control < 0)
            {
                plane.Slice(to, count).Fill(source[from++]);
            }
            else
            {
                if (count > source.Length - from)
                    throw Fault(frame, $"has an RLE segment that ends after {to} of {plane.Length} pixels; the file is damaged or cut short");
                source.Slice(from, count).CopyTo(plane[to..]);
                from += count;
            }

            to += count;
        }
    }
}
