namespace HealthGpt.Data.Volumes;

/// <summary>Reads one frame of a NIfTI file: header, checks, then voxels.</summary>
internal static class NiftiReader
{
    public static NiftiVolume Read(Stream file, string name, NiftiReadOptions options)
    {
        using var input = new NiftiInput(file, name);
        var header = ReadHeader(input, name, options.MaximumVoxels, out var headerLength);
        if (options.Frame >= header.Frames || options.Frame < 0)
            throw new NiftiFormatException(name, $"it has {header.Frames} frames, so frame {options.Frame} is none of them; the first is 0");
        var frameBytes = (UInt128)header.FrameBytes;
        input.CheckHolds(header.DataOffset, frameBytes * (UInt128)header.Frames);
        input.Skip((UInt128)(header.DataOffset - headerLength), "the header's extensions");
        input.Skip(frameBytes * (UInt128)options.Frame, "the frames before the one asked for");
        var voxels = ReadVoxels(input, header);
        input.Skip(frameBytes * (UInt128)(header.Frames - options.Frame - 1), "the frames after the one asked for");
        input.CheckEnd();
        return new NiftiVolume(name, header.Shape, voxels, header.Affine, (int)header.Frames);
    }

    private static NiftiHeader ReadHeader(NiftiInput input, string name, int maximumVoxels, out int length)
    {
        var first = new byte[NiftiHeader.ShortestLength];
        input.ReadExactly(first, $"its header, which has at least {first.Length} bytes");
        var (layout, bigEndian) = NiftiHeader.Recognise(first, name);
        length = layout.Length;
        var bytes = new byte[length];
        first.CopyTo(bytes, 0);
        input.ReadExactly(bytes.AsSpan(first.Length), $"its header, which has {length} bytes");
        return NiftiHeader.Read(new NiftiFields(layout, bytes, bigEndian), name, maximumVoxels);
    }

    private static float[] ReadVoxels(NiftiInput input, NiftiHeader header)
    {
        const int chunk = 1 << 14;
        var voxels = new float[header.Voxels];
        var bytes = new byte[Math.Min(chunk, voxels.Length) * header.Type.Bytes];
        for (var at = 0; at < voxels.Length; at += chunk)
        {
            var part = voxels.AsSpan(at, Math.Min(chunk, voxels.Length - at));
            var stored = bytes.AsSpan(0, part.Length * header.Type.Bytes);
            input.ReadExactly(stored, "its voxels");
            NiftiVoxels.Convert(stored, header, part);
        }

        return voxels;
    }
}
