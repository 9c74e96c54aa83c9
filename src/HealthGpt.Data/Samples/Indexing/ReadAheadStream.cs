namespace HealthGpt.Data.Samples.Indexing;

/// <summary>A file read from its beginning to its end, a block ahead of whoever reads it, so that the disk works while what it gave is looked at.</summary>
internal sealed class ReadAheadStream : ForwardStream
{
    private const int BlockBytes = 1 << 20;

    private readonly FileStream _file;
    private byte[] _block = new byte[BlockBytes];
    private byte[] _next = new byte[BlockBytes];
    private Task<int> _reading;
    private int _at;
    private int _end;

    /// <param name="file">The file, at the place to begin; the caller's.</param>
    public ReadAheadStream(FileStream file)
    {
        _file = file;
        _reading = BeginReading();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_at == _end)
            TakeNext();
        var read = Math.Min(buffer.Length, _end - _at);
        _block.AsSpan(_at, read).CopyTo(buffer);
        _at += read;
        return read;
    }

    // The file is closed by its owner, not while it is read from.
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Task.WaitAny(_reading);
        base.Dispose(disposing);
    }

    private void TakeNext()
    {
        (_at, _end) = (0, _reading.GetAwaiter().GetResult());
        (_block, _next) = (_next, _block);
        if (_end > 0)
            _reading = BeginReading();
    }

    private Task<int> BeginReading() => Task.Run(() => _file.ReadAtLeast(_next, BlockBytes, throwOnEndOfStream: false));
}
