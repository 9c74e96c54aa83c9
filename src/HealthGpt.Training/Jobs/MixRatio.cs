namespace HealthGpt.Training.Jobs;

/// <summary>How comprehension and generation samples alternate in a mixed phase.</summary>
/// <param name="Comprehension">Comprehension samples of one round.</param>
/// <param name="Generation">Generation samples of one round.</param>
public sealed record MixRatio(int Comprehension, int Generation)
{
    /// <summary>Which kind the sample at a place is and how many of its kind came before it.</summary>
    /// <param name="place">Place in the phase's endless list of samples, from 0.</param>
    /// <returns>The kind and the count before.</returns>
    public (bool Generation, long Before) At(long place)
    {
        var round = Comprehension + Generation;
        var (rounds, rest) = Math.DivRem(place, round);
        // Spread over the round (c g c g, not c c g g), so that every shard sees both kinds.
        var generationsBefore = rest * Generation / round;
        var isGeneration = (rest + 1) * Generation / round > generationsBefore;
        return isGeneration
            ? (true, rounds * Generation + generationsBefore)
            : (false, rounds * Comprehension + rest - generationsBefore);
    }
}
