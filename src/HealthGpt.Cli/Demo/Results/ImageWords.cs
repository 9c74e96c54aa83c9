namespace HealthGpt.Cli.Demo.Results;

/// <summary>Whether image tokens, new words to the language model, were learnt: the loss of alignment's generation phase against blind guessing.</summary>
internal sealed record ImageWords
{
    /// <summary>Rows of the vocabulary that the base model had never seen.</summary>
    public required int NewTokens { get; init; }

    /// <summary>Loss of guessing blindly among them.</summary>
    public double LogOfNewTokens => Math.Log(NewTokens);

    /// <summary>Mean loss of the phase's last fifth.</summary>
    public required double FinalLoss { get; init; }

    /// <summary>How far the loss fell below blind guessing, in nats.</summary>
    public double Below => LogOfNewTokens - FinalLoss;
}
