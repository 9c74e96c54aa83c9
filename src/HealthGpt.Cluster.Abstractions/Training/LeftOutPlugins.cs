namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>Plugins of a job's model that its trained model could not use.</summary>
public static class LeftOutPlugins
{
    /// <summary>Which they are, why they are left out, and what can be done.</summary>
    /// <param name="tasks">Their tasks, at least one.</param>
    public static string Describe(IReadOnlyList<string> tasks) =>
        $"{(tasks.Count == 1 ? "1 plugin" : $"{tasks.Count} plugins")} of the model {(tasks.Count == 1 ? "is" : "are")} not in the trained one ({string.Join(", ", tasks)}): "
        + "they go with the vocabulary weights that the job has changed; train them in it too, or serve them from the model before";
}
