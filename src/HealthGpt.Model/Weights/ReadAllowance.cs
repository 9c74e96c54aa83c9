namespace HealthGpt.Model.Weights;

/// <summary>The memory that reading one file may take: its tensors and the objects that describe them. Asked before anything is allocated.</summary>
internal sealed class ReadAllowance(string file, long fileLength)
{
    // Twice the file, as tied weights are stored once and read twice; the rest is for keys and shapes of small files.
    private const long Base = 8 << 20;
    private readonly long _limit = (2 * fileLength) + Base;
    private long _used;

    /// <summary>Asks for memory.</summary>
    /// <exception cref="WeightFileException">The file asks for more than a file of its size may.</exception>
    public void Charge(long bytes)
    {
        _used += bytes;
        if (_used > _limit || _used < 0)
            throw new WeightFileException(file, $"asks for more than {_limit} bytes of memory, the limit for a file of {fileLength} bytes; it holds too many objects, or refers to the same bytes too often (a tensor that is not contiguous counts with all that it spans)");
    }
}
