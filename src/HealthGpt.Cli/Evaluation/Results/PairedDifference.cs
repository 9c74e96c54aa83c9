namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>The figure of one system minus that of another over the same samples.</summary>
/// <param name="Of">The one.</param>
/// <param name="Minus">The other.</param>
/// <param name="Estimate">The difference.</param>
/// <param name="Low">The interval's lower end; null where all samples are of one patient or picture.</param>
/// <param name="High">The interval's upper end; null in the same case.</param>
/// <param name="Better">Samples on which the one is better; null where a sample has no figure of its own.</param>
/// <param name="Worse">Samples on which it is worse.</param>
internal sealed record PairedDifference(string Of, string Minus, double Estimate, double? Low, double? High, int? Better, int? Worse);
