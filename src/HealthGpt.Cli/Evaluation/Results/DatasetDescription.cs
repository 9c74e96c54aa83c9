namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>What was asked. The dataset is named by hashes alone.</summary>
internal sealed record DatasetDescription
{
    /// <summary>SHA-256 of the dataset file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Samples of the task in the split.</summary>
    public required int Samples { get; init; }

    /// <summary>Questions that were asked of them, later ones of conversations included.</summary>
    public required int Asked { get; init; }

    /// <summary>SHA-256 of the hashes of the asked samples in their order, a line each: equal where two evaluations asked the same.</summary>
    public required string AskedSha256 { get; init; }

    /// <summary>Bad samples that were left out.</summary>
    public required IReadOnlyList<SkippedSample> Skipped { get; init; }

    /// <summary>Questions of conversations after the first among them; each has the true answers of those before it.</summary>
    public required int LaterTurns { get; init; }

    public static DatasetDescription Of(EvaluationInput input) => new()
    {
        Sha256 = input.DatasetSha256,
        Samples = input.Selection.All.Count,
        Asked = input.Samples.Count,
        AskedSha256 = CheckedSample.HashOf(string.Concat(input.Samples.Select(sample => sample.Sha256 + "\n"))),
        Skipped = input.Skipped,
        LaterTurns = input.Samples.Count(sample => sample.Turn > 1),
    };
}
