namespace HealthGpt.Cli.Demo;

/// <summary>Where everything of the demo lies. Results lie in its folder; what the processes need lies in the folder 'run' within.</summary>
internal sealed record DemoFiles(string Root)
{
    public string Losses => Path.Combine(Root, "losses.csv");

    public string LossCurves => Path.Combine(Root, "losses.png");

    public string Answers => Path.Combine(Root, "answers.json");

    public string Comparison => Path.Combine(Root, "comparison.png");

    public string Events => Path.Combine(Root, "events.jsonl");

    /// <summary>Everything that a user looks at.</summary>
    public IReadOnlyList<string> Results => [Losses, LossCurves, Answers, Comparison, Events];

    public string Run => Path.Combine(Root, "run");

    public string Job => Path.Combine(Run, "job.yaml");

    public string Cluster => Path.Combine(Run, "cluster");

    public string Cache => Path.Combine(Run, "cache");

    public string Checkpoints => Path.Combine(Run, "checkpoints");

    public string ClientLog => Path.Combine(Run, "client.log");

    public string SiloFolder(string name) => Path.Combine(Run, name);
}
