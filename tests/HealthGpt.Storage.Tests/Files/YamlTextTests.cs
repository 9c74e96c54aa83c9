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
