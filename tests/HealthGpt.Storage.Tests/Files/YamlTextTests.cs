using HealthGpt.Storage.Files;
using YamlDotNet.Core;

namespace HealthGpt.Storage.Tests.Files;

public sealed class YamlTextTests
{
    [Fact]
    public void Nodes_within_nodes_are_refused_beyond_a_depth_instead_of_overflowing_the_stack()
    {
        var error = Assert.Throws<YamlException>(() => YamlText.Parse(new StringReader("model: " + new string('[', 200_000))));
        Assert.Contains("more than 64 deep", error.Message, StringComparison.Ordinal);
        YamlText.Parse(new StringReader(new string('[', 60) + new string(']', 60)));
    }

    [Fact]
    public void Aliases_of_aliases_are_refused_beyond_a_number()
    {
        var lines = Enumerable.Range(1, 60).Select(at => $"a{at}: &a{at} [*a{at - 1}, *a{at - 1}]");
        var error = Assert.Throws<YamlException>(() => YamlText.Parse(new StringReader("a0: &a0 [1]\n" + string.Join('\n', lines))));
        Assert.Contains("more than 16 aliases", error.Message, StringComparison.Ordinal);
        Assert.Single(YamlText.Parse(new StringReader("a: &a [1]\nb: *a")).Documents);
    }

    [Theory]
    [InlineData("? &a [*a]\n: 1\n")]
    [InlineData("a: &a { b: [*a] }\n")]
    public void An_alias_of_the_node_that_it_lies_in_is_refused(string yaml)
    {
        var error = Assert.Throws<YamlException>(() => YamlText.Parse(new StringReader(yaml)));
        Assert.Contains("the alias *a lies in the node", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused_before_it_is_read_whole()
    {
        var endless = new EndlessText();
        Assert.Contains("longer than", Assert.Throws<YamlException>(() => YamlText.Parse(endless)).Message, StringComparison.Ordinal);
        Assert.InRange(endless.Read, YamlText.Longest, YamlText.Longest + (1 << 16));
    }

    [Theory]
    [InlineData("a: [1,2\nb: 3\n")]
    [InlineData("name: [a,b\nmodel: x\n")]
    public void A_bracket_that_is_not_closed_is_told_with_its_place(string yaml)
    {
        var error = Assert.Throws<YamlException>(() => YamlText.Parse(new StringReader(yaml)));
        Assert.Contains("a bracket or a quote may not be closed", error.Message, StringComparison.Ordinal);
        Assert.True(error.Start.Line >= 1);
    }

    [Fact]
    public void Damaged_text_is_read_or_refused_and_nothing_else()
    {
        const string Whole = "a: &x {b: [1, 'two', \"three\"], c: ~}\nd: |\n  text\n  more\ne: *x\n? [k]\n: !!str v\n# end\n---\n- 1\n-\t2\n- %y\n";
        const string Signs = "[]{}:,-?|>'\"&*!%@`#\n\t \0\u0085~";
        const int Seed = 41;
        var random = new Random(Seed);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new System.Text.StringBuilder(Whole);
            for (var changes = random.Next(1, 5); changes > 0; changes--)
            {
                var at = random.Next(text.Length);
                if (random.Next(2) == 0) text.Remove(at, random.Next(1, Math.Min(6, text.Length - at) + 1));
                else text.Insert(at, Signs[random.Next(Signs.Length)]);
            }

            var refusal = Record.Exception(() => YamlText.Parse(new StringReader(text.ToString())));
            Assert.True(refusal is null or YamlException, $"seed {Seed}, round {round}: {refusal}\n{text}");
        }
    }

    private sealed class EndlessText : TextReader
    {
        public new int Read { get; private set; }

        public override int ReadBlock(Span<char> buffer)
        {
            buffer.Fill('a');
            Read += buffer.Length;
            return buffer.Length;
        }
    }
}
