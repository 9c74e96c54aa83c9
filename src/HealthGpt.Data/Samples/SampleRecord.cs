namespace HealthGpt.Data.Samples;

/// <summary>The bytes of one sample in its file, not yet read.</summary>
/// <param name="Offset">Where they begin in the file.</param>
/// <param name="Line">The line they begin on, from 1.</param>
/// <param name="Json">The bytes; valid until the next batch is asked for.</param>
/// <param name="Problem">Why there is no sample here; null if there may be one.</param>
/// <param name="Ends">Whether the rest of the file cannot be told apart because of the problem.</param>
internal readonly record struct SampleRecord(long Offset, int Line, ReadOnlyMemory<byte> Json, string? Problem = null, bool Ends = false);
