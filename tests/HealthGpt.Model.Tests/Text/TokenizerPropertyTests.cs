using System.Text;
using System.Text.RegularExpressions;
using HealthGpt.Model.Text;

namespace HealthGpt.Model.Tests.Text;

public sealed class TokenizerPropertyTests
{
    private const int Seed = 7411;
    private const char FirstMark = '\u0300';

    private static readonly string[] Words =
    [
        " ", "  ", "\n", "\t", "the ", "heart", " Lung", "'s", "'LL", "12345", "½", "é", "e\u0301", "q\u0323\u0307", "肺部", "각", "\u1100\u1161\u11a8", "🧠", "👩🏽‍⚕️", "\U0001d49c", "\U00020000",
        "\0", "\u2581", "<|end|>", "<|im_end|>", "<s>", "<0xE2>", "\ufffd", "\ud83e", "\udde0",
    ];

    public static TheoryData<string> Folders => [.. GoldenTokenizer.Names];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Increments_are_whole_characters_and_join_to_the_whole_decoding(string folder)
    {
        var tokenizer = new GoldenTokenizer(folder).Open();
        var random = new Random(Seed);
        for (var round = 0; round < 300; round++)
        {
            int[] ids = round % 2 == 0 ? [.. tokenizer.Encode(RandomText(random))] : [.. Enumerable.Range(0, random.Next(60))
                .Select(_ => RandomId(random, tokenizer.Count))];
            var decoder = tokenizer.StartDecoding();
            string[] increments = [.. ids.Select(decoder.Append), decoder.Finish()];

            Assert.All(increments, text => Assert.True(IsWhole(text), $"seed {Seed}, round {round}: '{text}' holds half a character"));
            Assert.Equal(tokenizer.Decode(ids), string.Concat(increments));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Decoding_is_the_bytes_of_all_tokens_and_a_character_appears_with_its_last_byte(string folder)
    {
        var tokenizer = new GoldenTokenizer(folder).Open();
        var random = new Random(Seed);
        for (var round = 0; round < 300; round++)
        {
            var text = "a" + RandomText(random).Replace("<", "", StringComparison.Ordinal);
            var ids = tokenizer.Encode(text, ..);
            byte[] bytes = [.. ids.SelectMany(id => tokenizer.BytesOf(id).ToArray())];
            var whole = Encoding.UTF8.GetString(bytes);
            Assert.Equal(whole.StartsWith(' ') ? whole[1..] : whole, tokenizer.Decode(ids));

            var decoder = tokenizer.StartDecoding();
            var (shown, given) = (new StringBuilder(), 0);
            foreach (var id in ids)
            {
                given += tokenizer.BytesOf(id).Length;
                shown.Append(decoder.Append(id));
                var certain = Encoding.UTF8.GetString(bytes, 0, WholeLength(bytes, given));
                Assert.Equal(certain.StartsWith(' ') ? certain[1..] : certain, shown.ToString());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Text_comes_back_from_its_ids_and_special_tokens_in_it_stay_text(string folder)
    {
        var golden = new GoldenTokenizer(folder);
        var tokenizer = golden.Open().WithImageTokens(golden.Images);
        var random = new Random(Seed);
        for (var round = 0; round < 300; round++)
        {
            // SentencePiece's mark is a space, and normalisation composes.
            var text = "x" + RandomText(random).Replace('\u2581', ' ') + "<idx_3>" + golden.Template.Stop;
            var ids = tokenizer.Encode(text, ..);
            var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

            Assert.Equal(Composed(golden, expected), tokenizer.Decode(ids));
            Assert.DoesNotContain(tokenizer.IdOf(golden.Template.Stop)!.Value, ids);
            Assert.DoesNotContain(tokenizer.IdOf("<idx_3>")!.Value, ids);
        }
    }

    [Fact]
    public void Texts_are_split_as_the_published_expressions_split_them()
    {
        var random = new Random(Seed);
        foreach (var splitting in (WordSplitting[])[WordSplitting.Cl100k, WordSplitting.Qwen2, WordSplitting.Gpt2])
        {
            var pattern = new Regex(splitting.Pattern, RegexOptions.CultureInvariant);
            for (var round = 0; round < 2000; round++)
            {
                // .NET's expressions know no characters beyond U+FFFF.
                var text = string.Concat(RandomText(random).EnumerateRunes().Where(rune => rune.IsBmp));
                var pieces = new List<string>();
                for (var at = 0; at < text.Length; at += pieces[^1].Length) pieces.Add(text.Substring(at, splitting.PieceLength(text.AsSpan(at))));

                Assert.Equal(pattern.Matches(text).Select(match => match.Value), pieces);
            }
        }
    }

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("A\u030a \u212b", "Å Å")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1100\u1161\u11a8\u11a8", "각\u11a8")]
    [InlineData("\u0958\u0344", "\u0915\u093c\u0308\u0301")]
    [InlineData("\u0041\u0328\u0301\u0301", "\u0104\u0301\u0301")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    public void Text_is_composed_canonically(string text, string expected)
    {
        var golden = GoldenTokenizer.Own("qwen2");

        Assert.Equal(expected, golden.Open().Decode(golden.Open().Encode(text)));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Half_a_surrogate_pair_is_encoded_as_a_replacement_character(string folder)
    {
        var tokenizer = new GoldenTokenizer(folder).Open();

        Assert.Equal(tokenizer.Encode("a\ufffdb\ufffd"), tokenizer.Encode("a\ud800b\udc00"));
    }

    [Theory]
    [InlineData("phi4")]
    [InlineData("qwen2")]
    public void Long_pieces_have_the_ids_of_the_library(string folder)
    {
        var golden = GoldenTokenizer.Own(folder);
        var (tokenizer, library) = (golden.Open(), golden.OpenByLibrary());
        var random = new Random(Seed);
        string[][] alphabets = [[" "], ["a"], ["\t", " "], ["-", "=", "."], ["🧠", "👩🏽\u200d⚕️"], ["肺", "部"], ["heart", "lung", "é", "\U0001d49c"], ["the", "a", "b", "c", "e", "t", "h"]];
        foreach (var alphabet in alphabets)
        {
            foreach (var length in (int[])[990, 1001, 1002, random.Next(1003, 20_000)])
            {
                var text = new StringBuilder();
                while (text.Length < length) text.Append(alphabet[random.Next(alphabet.Length)]);
                var piece = text.ToString();

                Assert.True(library.EncodeToIds(piece, considerPreTokenization: false).SequenceEqual(tokenizer.Encode(piece)), $"seed {Seed}: {piece.Length} characters of '{alphabet[0]}' differ");
            }
        }
    }

    private static string Composed(GoldenTokenizer golden, string text) => golden.Template == PromptTemplate.Qwen2
        ? text.Replace("e\u0301", "é", StringComparison.Ordinal).Replace("\u1100\u1161\u11a8", "각", StringComparison.Ordinal)
        : text;

    private static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 12); i > 0; i--)
        {
            // Marks beyond those in the words would have to be composed here too.
            text.Append(random.Next(4) > 0 ? Words[random.Next(Words.Length)] : ((char)random.Next(FirstMark)).ToString());
        }

        return text.ToString();
    }

    private static int RandomId(Random random, int count) => random.Next(3) > 0 ? random.Next(Math.Min(count, 260)) : random.Next(count);

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }

    // The text here is valid: only its last character can be incomplete.
    private static int WholeLength(byte[] bytes, int given)
    {
        var start = given;
        while (start < bytes.Length && start > 0 && (bytes[start] & 0xC0) == 0x80) start--;
        return start;
    }
}
