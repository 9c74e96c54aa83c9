namespace HealthGpt.Data.Samples;

/// <summary>Finds where the samples of a file begin and end without reading them.</summary>
internal abstract class SampleSplitter
{
    private static readonly string[] LineSuffixes = [".jsonl", ".ndjson"];

    /// <summary>The line that the next window begins on, from 1.</summary>
    protected int Line { get; set; } = 1;

    /// <summary>Cuts a window of the file into samples.</summary>
    /// <param name="window">The bytes that follow those consumed before.</param>
    /// <param name="offset">Where the window begins in the file.</param>
    /// <param name="full">Whether the window cannot grow any further, so that a sample that has not ended in it is too long.</param>
    /// <param name="last">Whether the file ends with the window.</param>
    /// <param name="records">The list that the samples are added to.</param>
    /// <returns>How many bytes were consumed; the rest is part of the next window.</returns>
    public abstract int Split(ReadOnlyMemory<byte> window, long offset, bool full, bool last, List<SampleRecord> records);

    /// <summary>Whether a file's name says that it is lines.</summary>
    /// <param name="path">The file's name.</param>
    public static bool IsLines(string path) => LineSuffixes.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Lines for a name in .jsonl or .ndjson; for any other a list where the file begins with '[', nothing where it begins with an object over several lines, else lines.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="beginning">Its first bytes.</param>
    public static SampleSplitter For(string path, ReadOnlySpan<byte> beginning)
    {
        var start = beginning.TrimStart(" \t\r\n"u8);
        if (IsLines(path))
            return new JsonLinesSplitter();
        if (start.StartsWith("["u8))
            return new JsonListSplitter();
        return IsObjectOverLines(start) ? new JsonObjectSplitter() : new JsonLinesSplitter();
    }

    // A first line that is an open object and nothing else, as pretty-printed JSON begins.
    private static bool IsObjectOverLines(ReadOnlySpan<byte> start)
    {
        var end = start.IndexOf((byte)'\n');
        return end > 0 && start[..end].TrimEnd(" \t\r"u8).SequenceEqual("{"u8);
    }
}
