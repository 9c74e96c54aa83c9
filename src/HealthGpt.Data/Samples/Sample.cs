using System.Text;

namespace HealthGpt.Data.Samples;

/// <summary>One question with its pictures and its answer, and the conversation that follows it.</summary>
public sealed record Sample
{
    /// <summary>The name of its task.</summary>
    public required string Task { get; init; }

    /// <summary>train, validation or test.</summary>
    public required string Split { get; init; }

    /// <summary>Absolute paths or addresses of the pictures in the question, in order; <see cref="Images.ImageFile"/> reads both.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>The human's text, one <c>&lt;image&gt;</c> a picture.</summary>
    public required string Question { get; init; }

    /// <summary>The answer's text; null in generation tasks.</summary>
    public string? Answer { get; init; }

    /// <summary>What the conversation goes on with after the answer; none in generation tasks.</summary>
    public IReadOnlyList<Turn> FollowUps { get; init; } = [];

    /// <summary>Absolute path or address of the answer's picture; null in comprehension tasks.</summary>
    public string? AnswerImage { get; init; }

    /// <summary>What kind of question it is, if the dataset says so.</summary>
    public string? QuestionKind { get; init; }

    /// <summary>Whether the answer is one of few fixed ones, so that it can be scored by equality.</summary>
    public bool Closed { get; init; }

    /// <summary>The options of a closed question in the order of their letters, A first; none where the dataset does not list them.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Absolute path or address of a grey picture that is bright where the answer's picture counts; null where all of it does.</summary>
    public string? Mask { get; init; }

    /// <summary>What the dataset calls the patient, so that samples of one are taken together; null if it does not say. It stands in no result.</summary>
    public string? Patient { get; init; }

    /// <summary>How often the source's samples count, relative to the other sources of a task.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }

    /// <summary>Its line there, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Bytes of all its answers in UTF-8; 0 where the answer is a picture.</summary>
    internal int AnswerBytes => Encoding.UTF8.GetByteCount(Answer ?? "") + FollowUps.Sum(turn => Encoding.UTF8.GetByteCount(turn.Answer));

    /// <summary>Where it was read, as file:line.</summary>
    public string Source => $"{File}:{Line}";
}
