namespace HealthGpt.Training.Pipeline;

/// <summary>What a pipeline may take of the machine.</summary>
/// <param name="Threads">Threads that prepare ahead; 0 to prepare each micro-batch when it is asked for.</param>
/// <param name="Bytes">Most bytes of micro-batches that are prepared, in preparation or in use; one alone may be larger.</param>
internal sealed record PipelineLimits(int Threads, long Bytes);
