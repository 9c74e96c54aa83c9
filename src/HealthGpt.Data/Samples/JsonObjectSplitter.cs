namespace HealthGpt.Data.Samples;

/// <summary>One object over several lines, which is no file of samples: it is said once instead of for each line.</summary>
internal sealed class JsonObjectSplitter : SampleSplitter
{
    private bool _said;

    public override int Split(ReadOnlyMemory<byte> window, long offset, bool full, bool last, List<SampleRecord> records)
    {
        if (!_said)
            records.Add(new SampleRecord(offset, Line, default, "the file is one object over several lines; it must be one list of samples, or a sample a line; take the list out of the object", Ends: true));
        _said = true;
        return window.Length;
    }
}
