namespace HealthGpt.Data.Samples;

/// <summary>A sample a line; blank lines are passed over.</summary>
internal sealed class JsonLinesSplitter : SampleSplitter
{
    private bool _skipping;

    public override int Split(ReadOnlyMemory<byte> window, long offset, bool full, bool last, List<SampleRecord> records)
    {
        var bytes = window.Span;
        var at = 0;
        while (at < bytes.Length)
        {
            var length = bytes[at..].IndexOf((byte)'\n');
            if (length < 0 && !last)
                break;
            var end = length < 0 ? bytes.Length : at + length;
            if (!_skipping && !bytes[at..end].Trim(" \t\r"u8).IsEmpty)
                records.Add(new SampleRecord(offset + at, Line, window[at..end]));
            _skipping = false;
            Line++;
            at = Math.Min(end + 1, bytes.Length);
        }

        if (at > 0 || !full || bytes.IsEmpty)
            return at;
        if (!_skipping)
            records.Add(new SampleRecord(offset, Line, default, $"the line is longer than {SampleFile.MaximumRecordBytes} bytes; is this a file of samples?"));
        _skipping = true;
        return bytes.Length;
    }
}
