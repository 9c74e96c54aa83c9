using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Data.Samples;

namespace HealthGpt.Training.Samples;

/// <summary>Finds out whether samples can be used, decoding every picture once. Safe to call from several threads.</summary>
internal sealed class SampleJudge(SampleBinding binding)
{
    private readonly ConcurrentDictionary<UInt128, string> _pictures = new();

    /// <summary>What tells a sample with its pictures, as this binding reads it, from any other.</summary>
    public UInt128 KeyOf(SampleFacts facts, TaskDefinition task)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{binding.Identity}\0{task.Kind}\0{task.Prompt}\0"));
        hash.AppendData(Convert.FromHexString(facts.Sha256));
        foreach (var image in facts.ImageSha256) hash.AppendData(Convert.FromHexString(image));
        return BitConverter.ToUInt128(hash.GetHashAndReset());
    }

    /// <summary>Tokenises a sample and decodes its pictures.</summary>
    /// <returns>Tokens to learn.</returns>
    /// <exception cref="BadSampleException">It cannot be used.</exception>
    public int Judge(Sample sample, SampleFacts facts, bool generation)
    {
        var prepared = Bind(binding, sample, facts, generation);
        foreach (var image in prepared.AnswerImage is { } answer ? prepared.Images.Append(answer) : prepared.Images) Require(image);
        return prepared.AnswerTokens;
    }

    /// <summary>Binds a sample to the pictures that its facts name.</summary>
    public static PreparedSample Bind(SampleBinding binding, Sample sample, SampleFacts facts, bool generation) => binding.Bind(
        sample, generation,
        [.. sample.Images.Select((path, at) => new ImageReference(path, facts.ImageSha256[at]))],
        sample.AnswerImage is { } path ? new ImageReference(path, facts.ImageSha256[^1]) : null);

    // By content: a picture that a hundred questions are about is decoded once.
    private void Require(ImageReference image)
    {
        var key = BitConverter.ToUInt128(Convert.FromHexString(image.Sha256));
        if (!_pictures.TryGetValue(key, out var problem)) _pictures[key] = problem = ProblemOf(image);
        if (problem.Length > 0) throw new BadSampleException(problem);
    }

    private static string ProblemOf(ImageReference image)
    {
        try
        {
            _ = PictureFile.Decode(image);
            return "";
        }
        catch (BadSampleException bad) when (bad.Lasting)
        {
            return bad.Message;
        }
    }
}
