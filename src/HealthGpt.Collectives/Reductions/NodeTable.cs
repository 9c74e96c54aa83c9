using System.Buffers.Binary;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Reductions;

/// <summary>What a rank tells ahead of its values: what it sums, and the nodes it holds.</summary>
internal static class NodeTable
{
    private const int HeadBytes = 5 * sizeof(int);
    private const int NodeBytes = 2 * sizeof(int);

    // With the frame's header the table fills whole cache lines, so that the values behind it are aligned.
    private const int Line = 64;
    private const int FrameHeader = 24;

    public static byte[] Write(Reduction reduction)
    {
        int used = HeadBytes + (NodeBytes * reduction.Mine.Count);
        byte[] table = new byte[((FrameHeader + used + Line - 1) / Line * Line) - FrameHeader];
        Span<byte> rest = table;
        Put(ref rest, reduction.Tree.Shards);
        Put(ref rest, reduction.Length);
        Put(ref rest, (int)reduction.Kind);
        Put(ref rest, reduction.Gathers ? 1 : 0);
        Put(ref rest, reduction.Mine.Count);
        foreach (var (node, _) in reduction.Mine)
        {
            Put(ref rest, node.Start);
            Put(ref rest, node.End);
        }
        return table;
    }

    /// <summary>Reads a peer's table, which must tell of the same reduction.</summary>
    public static ShardNode[] Read(int fromRank, byte[] table, Reduction reduction)
    {
        if (table.Length < HeadBytes)
            throw new OutOfStepException($"rank {fromRank} sent a table of {table.Length} bytes; form a new generation");
        Check(table, 0, reduction.Tree.Shards, $"shards are {{0}} on rank {fromRank}, but {{1}} on rank {reduction.Rank}; give every rank the same job");
        Check(table, 1, reduction.Length, $"elements are {{0}} on rank {fromRank}, but {{1}} on rank {reduction.Rank}; give every rank the same buckets");
        Check(table, 2, (int)reduction.Kind, $"the number format is {{0}} on rank {fromRank}, but {{1}} on rank {reduction.Rank}; every rank must call the same operations");
        Check(table, 3, reduction.Gathers ? 1 : 0, $"all-reduce is {{0}} on rank {fromRank}, but {{1}} on rank {reduction.Rank}; every rank must call the same operations");
        int count = ReadInt(table, 4);
        if (count < 0 || count > reduction.Tree.Shards || HeadBytes + ((long)NodeBytes * count) > table.Length)
            throw new OutOfStepException($"rank {fromRank} sent a table of {table.Length} bytes for {count} nodes; form a new generation");
        return [.. Enumerable.Range(0, count).Select(index => new ShardNode(ReadInt(table, 5 + (2 * index)), ReadInt(table, 6 + (2 * index))))];
    }

    private static void Check(byte[] table, int index, int expected, string problem)
    {
        int got = ReadInt(table, index);
        if (got != expected)
            throw new OutOfStepException(problem.Replace("{0}", $"{got}", StringComparison.Ordinal).Replace("{1}", $"{expected}", StringComparison.Ordinal));
    }

    private static void Put(ref Span<byte> rest, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, value);
        rest = rest[sizeof(int)..];
    }

    private static int ReadInt(byte[] table, int index) => BinaryPrimitives.ReadInt32LittleEndian(table.AsSpan(sizeof(int) * index));
}
