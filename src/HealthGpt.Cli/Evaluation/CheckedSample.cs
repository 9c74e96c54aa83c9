using System.Security.Cryptography;
using System.Text;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation;

/// <summary>A sample that can be asked.</summary>
/// <param name="Number">Its number among the samples of its task and split, from 1.</param>
/// <param name="Sample">The sample.</param>
/// <param name="Sha256">Hash of its content.</param>
internal sealed record CheckedSample(int Number, Sample Sample, string Sha256)
{
    public string Question { get; } = QuestionText.Of(Sample);

    public string Truth => Sample.Answer ?? "";

    /// <summary>SHA-256 of the question, the answer (a picture by its own hash) and the hashes of the pictures, with a zero byte between them.</summary>
    public static string HashOf(Sample sample, IEnumerable<byte[]> images, byte[]? answerImage) =>
        HashOf(string.Join('\0', [sample.Question, answerImage is null ? sample.Answer ?? "" : HashOf(answerImage), .. images.Select(HashOf)]));

    public static string HashOf(string text) => HashOf(Encoding.UTF8.GetBytes(text));

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
