using System.IO.Hashing;
using System.Text;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>
/// Pictures that were found under their names before, so that they need not be looked for again. Names are told apart by hashes of 128 bits. Safe to ask from several threads while nothing is added.
/// </summary>
internal sealed class KnownPictures
{
    // Where there are more, finding them is little beside reading them.
    private const int Most = 1 << 16;

    private readonly Dictionary<UInt128, int> _numbers = [];

    /// <summary>Looks a name up.</summary>
    /// <param name="name">The name as a sample has it, in UTF-8.</param>
    /// <param name="number">The picture's number in the index.</param>
    public bool TryFind(ReadOnlySpan<byte> name, out int number) => _numbers.TryGetValue(XxHash128.HashToUInt128(name), out number);

    /// <summary>Remembers a picture that is there.</summary>
    /// <param name="name">The name as a sample has it.</param>
    /// <param name="number">The picture's number in the index.</param>
    public void Add(string name, int number)
    {
        if (_numbers.Count >= Most)
            _numbers.Clear();
        _numbers[XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(name))] = number;
    }
}
