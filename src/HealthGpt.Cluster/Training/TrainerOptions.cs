namespace HealthGpt.Cluster.Training;

/// <summary>How patient a trainer is.</summary>
public sealed class TrainerOptions
{
    /// <summary>How often it asks its workers how far they are.</summary>
    public TimeSpan PollPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long it waits for one answer. Short, so that a call to a dead silo does not hold up the others; a worker answers without waiting for its device,
    /// so only a silo that gets no processor at all exceeds it.
    /// </summary>
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>After so many unanswered polls in a row a worker counts as lost, even if its silo is still a member of the cluster.</summary>
    public int MissedPollsLimit { get; set; } = 4;

    /// <summary>How long a job waits for enough devices and for its workers to come to life before it fails; counted anew after a worker has failed.</summary>
    public TimeSpan StartDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker that is alive may take to load model and samples before the job fails.</summary>
    public TimeSpan PrepareDeadline { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the first group waits for the last of its workers once enough are ready; who comes later joins the next generation.</summary>
    public TimeSpan GatherPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the first group waits for more devices when fewer than it may have are free: silos that start together, or a job that has just ended, free
    /// theirs within moments, and a group that grows later costs a generation. A job that cannot go on without the workers that have failed looks so long for
    /// other devices.
    /// </summary>
    public TimeSpan DevicePatience { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a worker may take to enter the generation that it was told to join.</summary>
    public TimeSpan JoinDeadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a job that trains with fewer workers than it may have looks for a free device.</summary>
    public TimeSpan GrowthPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A job that has too few workers because some have failed looks for other devices until so many have failed; one more would most likely meet the same.
    /// </summary>
    public int FailedWorkersLimit { get; set; } = 8;

    /// <summary>After so many generations in a row that committed no step the job fails, because forming one more would not help.</summary>
    public int FruitlessGenerationsLimit { get; set; } = 8;
}
