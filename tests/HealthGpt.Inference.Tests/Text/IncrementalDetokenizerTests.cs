using System.Text;
using HealthGpt.Inference.Text;
using Xunit;

namespace HealthGpt.Inference.Tests.Text;

public sealed class IncrementalDetokenizerTests
{
    // Half a character as one U+FFFD (as .NET and the byte-level tokenizers do) and as one for each byte (as byte-fallback tokenizers do).
    public static TheoryData<bool> Decoders => [false, true];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Characters_appear_whole_and_as_soon_as_they_are_complete(bool eachByte)
    {
        const string text = "T1 naïve – 脳の断面 🧠!";
        var detokenizer = new IncrementalDetokenizer(tokens => Decode(tokens, eachByte));
        var shown = "";
        var bytes = Encoding.UTF8.GetBytes(text);

        for (var at = 0; at < bytes.Length; at++)
        {
            shown += detokenizer.Append(bytes[at]);
            var whole = Encoding.UTF8.GetString(bytes, 0, at + 1).TrimEnd('\uFFFD');
            Assert.Equal(whole, shown);
        }
        Assert.Equal(text, shown);
    }

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Bytes_that_are_no_text_are_shown_replaced_and_good_text_goes_on(bool eachByte)
    {
        var detokenizer = new IncrementalDetokenizer(tokens => Decode(tokens, eachByte));
        byte[] bytes = [.. "ok"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, .. " go on é"u8, 0xE2, 0x82];

        var shown = string.Concat(bytes.Select(value => detokenizer.Append(value)));

        Assert.Equal("ok\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD go on é", shown);
    }

    [Fact]
    public void Spaces_marked_on_word_beginnings_are_kept()
    {
        string[] words = ["▁The", "▁sl", "ice", "▁is", "▁axial", "."];
        var detokenizer = new IncrementalDetokenizer(tokens => string.Concat(tokens.Select(token => words[token])).Replace('▁', ' ').TrimStart());

        Assert.Equal("The slice is axial.", string.Concat(Enumerable.Range(0, words.Length).Select(detokenizer.Append)));
    }

    private static string Decode(IReadOnlyList<int> tokens, bool eachByte)
    {
        byte[] bytes = [.. tokens.Select(token => (byte)token)];
        if (!eachByte)
            return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder();
        for (var at = 0; at < bytes.Length;)
        {
            var valid = System.Text.Rune.DecodeFromUtf8(bytes.AsSpan(at), out var rune, out var length) == System.Buffers.OperationStatus.Done;
            text.Append(valid ? rune.ToString() : new string('\uFFFD', length));
            at += length;
        }
        return text.ToString();
    }
}
