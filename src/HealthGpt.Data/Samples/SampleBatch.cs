namespace HealthGpt.Data.Samples;

/// <summary>Samples that lie one after another in their file.</summary>
/// <param name="Read">What was read of the file for this batch, so that all batches together give the whole file once.</param>
/// <param name="Records">The samples that ended in it, in order.</param>
internal readonly record struct SampleBatch(ReadOnlyMemory<byte> Read, IReadOnlyList<SampleRecord> Records);
