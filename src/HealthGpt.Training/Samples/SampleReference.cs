using HealthGpt.Data.Samples;

namespace HealthGpt.Training.Samples;

/// <summary>A sample that is not read yet.</summary>
/// <param name="Task">Its task.</param>
/// <param name="Index">Its number there.</param>
internal readonly record struct SampleReference(TaskSamples Task, int Index)
{
    /// <summary>Whether the answer is a picture.</summary>
    public bool Generation => Task.Generation;

    /// <summary>Number of tokens that are learnt.</summary>
    public int AnswerTokens => Task.VerdictOf(Index).AnswerTokens;

    /// <summary>How many pictures it has, the answer's included.</summary>
    public int Pictures => Task.VerdictOf(Index).Pictures;

    /// <summary>What it is called where file names have no place.</summary>
    public SampleName Name => Task.NameOf(Index);

    /// <summary>Reads and tokenises it.</summary>
    public PreparedSample Read() => Task.Read(Index);
}
