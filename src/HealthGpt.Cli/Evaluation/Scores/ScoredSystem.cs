namespace HealthGpt.Cli.Evaluation.Scores;

/// <summary>Whatever answers: a plugin, or something simpler that it is held against.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Scores">Its scores, sample by sample.</param>
internal sealed record ScoredSystem<T>(string Name, IReadOnlyList<T> Scores);
