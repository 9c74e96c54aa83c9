namespace HealthGpt.Data.Samples;

/// <summary>What is known of a sample without a tokenizer and without decoding.</summary>
/// <param name="Sha256">SHA-256 of the sample as it stands in its file, in lower-case hexadecimal.</param>
/// <param name="AnswerBytes">Bytes of all its answers in UTF-8; 0 where the answer is a picture.</param>
/// <param name="ImageSha256">SHA-256 of its pictures' files in lower-case hexadecimal: those of the question in order, then the answer's.</param>
public sealed record SampleFacts(string Sha256, int AnswerBytes, IReadOnlyList<string> ImageSha256);
