namespace HealthGpt.Data.Samples.Statistics;

/// <summary>The figures of the samples of one task and split.</summary>
/// <param name="task">The task.</param>
/// <param name="split">The split.</param>
public sealed class SampleGroup(string task, string split)
{
    /// <summary>The task.</summary>
    public string Task => task;

    /// <summary>train, validation or test.</summary>
    public string Split => split;

    /// <summary>How many samples there are.</summary>
    public long Samples => Turns.Count;

    /// <summary>Questions with answers, a sample.</summary>
    public LengthHistogram Turns { get; } = new();

    /// <summary>Words of the questions, a turn.</summary>
    public LengthHistogram QuestionWords { get; } = new();

    /// <summary>Words of the answers, a turn; none where answers are pictures.</summary>
    public LengthHistogram AnswerWords { get; } = new();

    /// <summary>Pictures of a sample, the answer's with them.</summary>
    public LengthHistogram Images { get; } = new();

    /// <summary>Widths of all pictures in pixels, once a mention.</summary>
    public LengthHistogram Widths { get; } = new();

    /// <summary>Heights of all pictures in pixels, once a mention.</summary>
    public LengthHistogram Heights { get; } = new();

    /// <summary>Mentions of pictures whose size cannot be told.</summary>
    public long UnreadableImages { get; private set; }

    internal void Add(Sample sample, IReadOnlyList<(int Width, int Height)?> sizes)
    {
        Turns.Add(1 + sample.FollowUps.Count);
        QuestionWords.Add(Words(sample.Question));
        if (sample.Answer is { } answer)
            AnswerWords.Add(Words(answer));
        foreach (var turn in sample.FollowUps)
        {
            QuestionWords.Add(Words(turn.Question));
            AnswerWords.Add(Words(turn.Answer));
        }

        Images.Add(sizes.Count);
        foreach (var size in sizes)
            Add(size);
    }

    private void Add((int Width, int Height)? size)
    {
        if (size is not { } known)
        {
            UnreadableImages++;
            return;
        }

        Widths.Add(known.Width);
        Heights.Add(known.Height);
    }

    private static int Words(string text) => text.Replace("<image>", " ", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
