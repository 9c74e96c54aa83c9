namespace HealthGpt.Training.Jobs;

/// <summary>The device of each worker. Part of the job, because kind and number of threads fix the bits of a result.</summary>
/// <param name="Kind">Kind of device: <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Threads">CPU threads of one worker's arithmetic.</param>
public sealed record DeviceChoice(string Kind, int Threads);
