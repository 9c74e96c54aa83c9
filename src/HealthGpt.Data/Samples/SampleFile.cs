using System.Buffers;

namespace HealthGpt.Data.Samples;

/// <summary>A file of samples, as JSON lines or as one JSON list, read in pieces of bounded size.</summary>
internal static class SampleFile
{
    /// <summary>The longest sample that is read.</summary>
    public const int MaximumRecordBytes = 16 << 20;

    private const int ChunkBytes = 1 << 20;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The samples of a file, in order.</summary>
    /// <param name="path">Its name, whose suffix tells lines; empty to look at its beginning alone.</param>
    /// <param name="file">The file, at its beginning.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>Batches; each is valid until the next is asked for.</returns>
    public static IEnumerable<SampleBatch> Batches(string path, Stream file, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            SampleSplitter? splitter = null;
            var (held, offset, last) = (0, 0L, false);
            while (!last)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = file.ReadAtLeast(buffer.AsSpan(held), buffer.Length - held, throwOnEndOfStream: false);
                last = read < buffer.Length - held;
                var (fresh, start) = (buffer.AsMemory(held, read), 0);
                held += read;
                if (splitter is null)
                {
                    start = buffer.AsSpan(0, held).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
                    splitter = SampleSplitter.For(path, buffer.AsSpan(start, held - start));
                }

                var records = new List<SampleRecord>();
                var consumed = start + splitter.Split(buffer.AsMemory(start, held - start), offset + start, buffer.Length >= MaximumRecordBytes, last, records);
                yield return new SampleBatch(fresh, records);
                offset += consumed;
                held -= consumed;
                if (consumed == 0 && !last)
                    Grow(ref buffer, held);
                else
                    buffer.AsSpan(consumed, held).CopyTo(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Grow(ref byte[] buffer, int held)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, held).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
