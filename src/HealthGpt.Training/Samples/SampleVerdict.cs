namespace HealthGpt.Training.Samples;

/// <summary>What is known of a sample once it was decoded and tokenised.</summary>
/// <param name="Key">What its content and the binding come to: another content has another key. 0 where nothing is known.</param>
/// <param name="AnswerTokens">Number of tokens that are learnt; 0 if it cannot be used.</param>
/// <param name="Pictures">How many pictures it has, the answer's included.</param>
internal readonly record struct SampleVerdict(UInt128 Key, int AnswerTokens, ushort Pictures)
{
    /// <summary>Whether it can be used.</summary>
    public bool Good => AnswerTokens > 0;
}
