using System.Collections.Concurrent;

namespace HealthGpt.Model.Text;

/// <summary>Remembers the ids of short pieces: most words of a text have come before. Safe for use from several threads.</summary>
internal sealed class PieceCache
{
    private const int MostPieces = 32768;
    private const int LongestPiece = 48;

    private readonly ConcurrentDictionary<string, int[]> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly Func<ReadOnlySpan<char>, int[]> _encode;
    private int _count;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="encode">Encodes a piece.</param>
    public PieceCache(Func<ReadOnlySpan<char>, int[]> encode) => (_encode, _lookup) = (encode, _ids.GetAlternateLookup<ReadOnlySpan<char>>());

    /// <summary>Adds the ids of a piece, encoded only if they are not known.</summary>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (piece.Length > LongestPiece)
        {
            ids.AddRange(_encode(piece));
            return;
        }

        if (!_lookup.TryGetValue(piece, out var known))
        {
            known = _encode(piece);
            if (Volatile.Read(ref _count) < MostPieces && _lookup.TryAdd(piece, known)) Interlocked.Increment(ref _count);
        }

        ids.AddRange(known);
    }
}
