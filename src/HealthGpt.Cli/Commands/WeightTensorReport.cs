namespace HealthGpt.Cli.Commands;

/// <summary>One tensor of a weight file.</summary>
internal sealed record WeightTensorReport(string Name, string Type, IReadOnlyList<long> Shape, long Bytes);
