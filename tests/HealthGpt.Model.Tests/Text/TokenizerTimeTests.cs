namespace HealthGpt.Model.Tests.Text;

/// <summary>Processor time is the whole process's, so no other test may run beside these.</summary>
[CollectionDefinition(nameof(TokenizerTimeTests), DisableParallelization = true)]
[Collection(nameof(TokenizerTimeTests))]
public sealed class TokenizerTimeTests
{
    private const int Length = 800_000;

    // A third of a second is what linear time takes, at worst; what is quadratic in a text this long takes minutes. The rest is slack for a slow machine.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static TheoryData<string> Folders => [.. GoldenTokenizer.Names];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Long_texts_take_no_more_than_linear_time(string folder)
    {
        var tokenizer = new GoldenTokenizer(folder).Open();
        string[] units = ["a", " ", "\n", "ab", " x", "部", "\u0301", "<", "<|", "\u2581", "\ud800", "1", "\u0301\u0323", "<|end|> "];
        foreach (var unit in units)
        {
            var text = string.Concat(Enumerable.Repeat(unit, Length / unit.Length));
            var before = Environment.CpuUsage.TotalTime;

            tokenizer.Decode(tokenizer.Encode(text));

            var took = Environment.CpuUsage.TotalTime - before;
            Assert.True(took < Limit, $"'{unit}': {text.Length} characters took {took.TotalMilliseconds} ms");
        }
    }
}
