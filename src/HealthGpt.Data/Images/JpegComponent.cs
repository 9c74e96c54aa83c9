namespace HealthGpt.Data.Images;

/// <summary>A component of a JPEG's frame: its blocks and what scans have told of them so far.</summary>
internal sealed class JpegComponent
{
    private const int Coefficients = 64;
    private const int Unknown = -1;

    private readonly int[] _lowestBits = new int[Coefficients];

    /// <param name="id">What scans call it.</param>
    /// <param name="horizontal">Blocks of a unit from left to right, 1 to 4.</param>
    /// <param name="vertical">Blocks of a unit from top to bottom, 1 to 4.</param>
    /// <param name="blocks">Its own blocks, those that only fill units aside.</param>
    /// <param name="units">The frame's units.</param>
    /// <param name="progressive">Whether several scans tell of one block.</param>
    public JpegComponent(int id, int horizontal, int vertical, (int Wide, int High) blocks, (int Wide, int High) units, bool progressive)
    {
        (Id, Horizontal, Vertical, Blocks) = (id, horizontal, vertical, blocks);
        Stride = units.Wide * horizontal;
        Nonzero = progressive ? new ulong[(long)Stride * units.High * vertical] : [];
        _lowestBits.AsSpan().Fill(Unknown);
    }

    public int Id { get; }

    public int Horizontal { get; }

    public int Vertical { get; }

    public (int Wide, int High) Blocks { get; }

    /// <summary>Blocks from one row of blocks to the next.</summary>
    public int Stride { get; }

    /// <summary>Of each block a bit for each coefficient that is known not to be zero; none where each block is told of once.</summary>
    public ulong[] Nonzero { get; }

    /// <summary>Whether all coefficients are told to their last bit.</summary>
    public bool IsComplete => _lowestBits.All(bit => bit == 0);

    /// <summary>Takes down what a scan tells.</summary>
    /// <exception cref="JpegFormatException">It tells it twice, or refines what is not known.</exception>
    public void Tell(int first, int last, int before, int lowestBit)
    {
        for (var at = first; at <= last; at++)
        {
            if (_lowestBits[at] != (before == 0 ? Unknown : before))
                throw new JpegFormatException("has a JPEG scan of coefficients that were coded before, or refines some that were not");
            _lowestBits[at] = lowestBit;
        }
    }
}
