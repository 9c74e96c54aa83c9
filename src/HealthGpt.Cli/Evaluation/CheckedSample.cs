using System.Security.Cryptography;
using System.Text;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation;

/// <summary>A question that can be asked: a sample's, or a later one of its conversation.</summary>
/// <param name="Number">Its sample's number among the samples of its task and split, from 1.</param>
/// <param name="Sample">The sample.</param>
/// <param name="Sha256">Hash of its content.</param>
/// <param name="Cluster">What samples that depend on each other have in common: the patient's name in the dataset, else the hash of the first picture, else the sample's own.</param>
/// <param name="Turn">Which question of the conversation, from 1.</param>
internal sealed record CheckedSample(int Number, Sample Sample, string Sha256, string Cluster, int Turn = 1)
{
    public string Question { get; } = Turn == 1 ? QuestionText.Of(Sample) : Sample.FollowUps[Turn - 2].Question;

    public string Truth { get; } = (Turn == 1 ? Sample.Answer : Sample.FollowUps[Turn - 2].Answer) ?? "";

    /// <summary>The sample's question and those after it up to this one's, each with its true answer.</summary>
    public IReadOnlyList<Turn> Earlier { get; } = Turn == 1 ? [] : [new Turn(Sample.Question, Sample.Answer!), .. Sample.FollowUps.Take(Turn - 2)];

    /// <summary>What is asked of the model.</summary>
    public string Asked => Turn == 1 ? Sample.Question : Question;

    /// <summary>SHA-256 of the question, the answer (a picture by its own hash) and the hashes of the pictures, with a zero byte between them.</summary>
    public static string HashOf(Sample sample, IEnumerable<byte[]> images, byte[]? answerImage) =>
        HashOf(string.Join('\0', [sample.Question, answerImage is null ? sample.Answer ?? "" : HashOf(answerImage), .. images.Select(HashOf)]));

    public static string HashOf(string text) => HashOf(Encoding.UTF8.GetBytes(text));

    /// <summary>The questions of a sample.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="images">The files of its pictures.</param>
    /// <param name="sha256">Its hash; a later question's is that of it, the question and its answer, with zero bytes between them.</param>
    public static IReadOnlyList<CheckedSample> TurnsOf(int number, Sample sample, IReadOnlyList<byte[]> images, string sha256)
    {
        var cluster = sample.Patient is { } patient ? $"patient {patient}" : images.Count > 0 ? HashOf(images[0]) : sha256;
        var later = sample.FollowUps.Select((turn, at) => new CheckedSample(number, sample, HashOf($"{sha256}\0{turn.Question}\0{turn.Answer}"), cluster, at + 2));
        return [new CheckedSample(number, sample, sha256, cluster), .. later];
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
