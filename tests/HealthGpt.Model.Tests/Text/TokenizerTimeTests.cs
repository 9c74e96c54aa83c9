namespace HealthGpt.Model.Tests.Text;

/// <summary>Processor time is the whole process's, so no other test may run beside these.</summary>
[CollectionDefinition(nameof(TokenizerTimeTests), DisableParallelization = true)]
[Collection(nameof(TokenizerTimeTests))]
public sealed class TokenizerTimeTests
{
    private const int Length = 200_000;

    // Four times the text takes 4 to 6 times as long where time is linear, 16 times where it is quadratic.
    private const double MostForFourTimes = 9;

    // Below this, what a collection of garbage takes would count as well.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    public static TheoryData<string> Folders => [.. GoldenTokenizer.Names];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Long_texts_take_no_more_than_linear_time(string folder)
    {
        var tokenizer = new GoldenTokenizer(folder).Open();
        string[] units = ["a", " ", "\n", "ab", " x", "部", "\u0301", "<", "<|", "\u2581", "\ud800", "1", "\u0301\u0323", "<|end|> "];
        foreach (var unit in units)
        {
            var (once, fourTimes) = (ProcessorTime(unit, Length), ProcessorTime(unit, 4 * Length));

            Assert.True(
                fourTimes < Shortest || fourTimes < MostForFourTimes * once,
                $"'{unit}': {Length} characters took {once.TotalMilliseconds} ms, four times as many {fourTimes.TotalMilliseconds} ms");
        }

        // The least of several: other work of the machine only ever adds.
        TimeSpan ProcessorTime(string unit, int length)
        {
            var text = string.Concat(Enumerable.Repeat(unit, length / unit.Length));
            return Enumerable.Range(0, 3).Min(_ =>
            {
                var before = Environment.CpuUsage.TotalTime;
                tokenizer.Decode(tokenizer.Encode(text));
                return Environment.CpuUsage.TotalTime - before;
            });
        }
    }
}
