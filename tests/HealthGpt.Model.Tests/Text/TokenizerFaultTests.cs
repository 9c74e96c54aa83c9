using System.Text;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Tests.Text;

public sealed class TokenizerFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // What stands in the file, what stands there instead, and what the error must name.
    [Theory]
    [InlineData("phi3", "\"type\": \"BPE\"", "\"type\": \"Unigram\"", "'model.type' is \"Unigram\"")]
    [InlineData("phi3", "\"normalizer\": null", "\"normalizer\": {\"type\": \"NFKC\"}", "'normalizer.type' is \"NFKC\"")]
    [InlineData("phi3", "\"normalizer\": null", "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Lowercase\"}]}", "'normalizer.normalizers[0].type' is \"Lowercase\"")]
    [InlineData("phi3", "\"type\": \"Metaspace\"", "\"type\": \"Whitespace\"", "'pre_tokenizer.type' is \"Whitespace\"")]
    [InlineData("phi3", "\"prepend_scheme\": \"first\"", "\"prepend_scheme\": \"last\"", "'pre_tokenizer.prepend_scheme' is \"last\"")]
    [InlineData("phi3", "\"type\": \"ByteFallback\"", "\"type\": \"WordPiece\"", "'decoder' is")]
    [InlineData("phi3", "\"type\": \"TemplateProcessing\"", "\"type\": \"BertProcessing\"", "'post_processor.type' is \"BertProcessing\"")]
    [InlineData("phi3", "\"dropout\": null", "\"dropout\": 0.1", "'model.dropout' is 0.1")]
    [InlineData("phi3", "\"end_of_word_suffix\": null", "\"end_of_word_suffix\": \"</w>\"", "'model.end_of_word_suffix' is \"</w>\"")]
    [InlineData("phi3", "\"ignore_merges\": false", "\"ignore_merges\": true", "'model.ignore_merges' is true")]
    [InlineData("phi4", "\"ignore_merges\": false", "\"ignore_merges\": true", "'model.ignore_merges' is true")]
    [InlineData("phi3", "\"unk_token\": \"<unk>\"", "\"unk_token\": \"<none>\"", "'model.unk_token' is \"<none>\"")]
    [InlineData("phi3", "\"<0x7F>\": 130", "\"<0xXX>\": 130", "a token of <0x00> to <0xFF> is missing")]
    [InlineData("phi3", "\"fuse_unk\": true", "\"fuse_unk\": \"yes\"", "'model.fuse_unk' is \"yes\"; that must be true or false")]
    [InlineData("phi3", "\"er\": 260", "\"er\": 261", "share the id 261")]
    [InlineData("phi3", "\"er\": 260", "\"or\": 260", "token 'or' has two ids")]
    [InlineData("phi3", "\"er\": 260", "\"er\": -1", "has id -1")]
    [InlineData("phi3", "\"er\": 260", "\"er\": 99999999999", "has id 99999999999")]
    [InlineData("phi3", "\"er\": 260", "\"er\": 1000000", "at most half of all ids may be unused")]
    [InlineData("phi3", "\"er\": 260", "\"er\": 1.5", "'model.vocab.er' is 1.5; that must be a whole number")]
    [InlineData("phi3", "\"er\": 260", "\"\\ud800\": 260", "half a surrogate pair")]
    [InlineData("phi3", "\"er\": 260", "\"eq\": 260", "'er' is not in the vocabulary")]
    [InlineData("phi3", "\"content\": \"<|user|>\"", "\"content\": \"<|end|>\"", "added token '<|end|>' has two ids")]
    [InlineData("phi3", "\"content\": \"<|user|>\"", "\"content\": \"or\"", "added token 'or' has id 710, but the vocabulary has")]
    [InlineData("phi3", "\"content\": \"<|user|>\"", "\"content\": \"\"", "'added_tokens[13].content' is empty")]
    [InlineData("phi3", "\"id\": 710", "\"id\": 709", "share the id 709")]
    [InlineData("phi3", "\"id\": 710", "\"id\": 71000000", "'added_tokens[13].id' is 71000000")]
    [InlineData("phi3", "\"merges\"", "\"mergers\"", "has no 'model.merges'")]
    [InlineData("phi3", "\"truncation\": null", "\"truncation\": {\"max_length\": 512}", "'truncation' is")]
    [InlineData("phi4", "\"~\": ", "\"~~\": ", "that must be a token for each of the 256 bytes")]
    [InlineData("phi4", "{1,3}", "{1,4}", "'pre_tokenizer.pretokenizers[0].pattern.Regex' is")]
    [InlineData("phi4", "\"behavior\": \"Isolated\"", "\"behavior\": \"Removed\"", "'pre_tokenizer.pretokenizers[0].behavior' is \"Removed\"")]
    [InlineData("phi4", "\"use_regex\": false", "\"use_regex\": true", "use_regex: false")]
    [InlineData("phi4", "\"byte_fallback\": false", "\"byte_fallback\": true", "'model.byte_fallback' is true")]
    public void What_tokenizer_json_asks_for_and_is_not_there_is_refused_by_name_and_value(string family, string text, string instead, string named)
    {
        var json = Golden(family, "tokenizer.json");
        Assert.Contains(text, json, StringComparison.Ordinal);
        Write("tokenizer.json", json[..json.IndexOf(text, StringComparison.Ordinal)] + instead + json[(json.IndexOf(text, StringComparison.Ordinal) + text.Length)..]);

        RequireRefusal(named, "tokenizer.json");
    }

    /// <summary>The expression matches all of a text, so keeping the matches alone is the same; files of this kind are published both ways.</summary>
    [Fact]
    public void Removing_what_does_not_match_is_the_same_as_isolating_what_does()
    {
        const string Text = "Is there  a lesion,\n\nsize 12345 mm?\tdon't  know: \u00e9\u4e2d\ud83d\ude00 ";
        var json = Golden("phi4", "tokenizer.json");
        Write("tokenizer.json", json);
        var expected = TokenizerFolder.Open(_folder.Path).Encode(Text);

        Write("tokenizer.json", json.Replace("\"behavior\": \"Isolated\"", "\"behavior\": \"Removed\"", StringComparison.Ordinal).Replace("\"invert\": false", "\"invert\": true", StringComparison.Ordinal));

        Assert.Equal(expected, TokenizerFolder.Open(_folder.Path).Encode(Text));
    }

    [Theory]
    [InlineData("[1, 2]", "must be an object")]
    [InlineData("", "it has no bytes")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0", "is no JSON")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": [], \"merges\": []}}", "'model.vocab' is []; that must be an object")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}}", "'model.vocab' is {}; that must be tokens and their ids")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}", "'model.merges[0]' is [\"a\"]; that must be a pair of tokens")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a a\"]}}", "'aa' is not in the vocabulary")]
    public void Wrong_json_is_refused_by_file_and_place(string json, string named)
    {
        Write("tokenizer.json", json);

        RequireRefusal(named, "tokenizer.json");
    }

    [Fact]
    public void Json_that_is_not_utf8_is_refused_with_the_byte()
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "tokenizer.json"), [.. "{\"a\": \""u8, 0xC3, 0x28, .. "\"}"u8]);

        RequireRefusal("is not UTF-8 at byte 7", "tokenizer.json");
    }

    [Fact]
    public void A_file_of_hundreds_of_megabytes_is_refused_unread()
    {
        using (var file = File.Create(Path.Combine(_folder.Path, "tokenizer.json"))) file.SetLength(400L << 20);

        RequireRefusal("has 419430400 bytes", "tokenizer.json");
    }

    [Fact]
    public void Deep_json_is_refused()
    {
        Write("tokenizer.json", new string('[', 100_000));

        RequireRefusal("is no JSON", "tokenizer.json");
    }

    [Theory]
    [InlineData("\"tokenizer_class\": \"LlamaTokenizer\"", "\"tokenizer_class\": \"T5Tokenizer\"", "'tokenizer_class' is 'T5Tokenizer'")]
    [InlineData("\"clean_up_tokenization_spaces\": false", "\"clean_up_tokenization_spaces\": true", "'clean_up_tokenization_spaces' is true")]
    [InlineData("\"bos_token\": \"<s>\"", "\"bos_token\": \"<begin>\"", "'bos_token' is '<begin>'")]
    [InlineData("\"710\"", "\"x\"", "has the key 'x'")]
    [InlineData("\"single_word\": false", "\"single_word\": true", "single_word: true")]
    public void Wrong_settings_are_refused(string text, string instead, string named)
    {
        Copy("phi3", "tokenizer.model");
        var json = Golden("phi3", "tokenizer_config.json");
        Assert.Contains(text, json, StringComparison.Ordinal);
        Write("tokenizer_config.json", json.Replace(text, instead, StringComparison.Ordinal));

        RequireRefusal(named, "tokenizer_config.json");
    }

    [Theory]
    [InlineData("Ġ Ġ", "Ġ", "line 2 is 'Ġ'")]
    [InlineData("Ġ Ġ", "Ġ Ġ Ġ", "line 2 is 'Ġ Ġ Ġ'")]
    [InlineData("Ġ Ġ", "Ġ 部", "line 2 joins 'Ġ' and '部', but '部' is not in the vocabulary")]
    public void Wrong_merges_are_refused_with_the_line(string text, string instead, string named)
    {
        Copy("qwen2", "vocab.json");
        Write("tokenizer_config.json", "{\"tokenizer_class\": \"Qwen2Tokenizer\"}");
        Write("merges.txt", Golden("qwen2", "merges.txt").Replace(text, instead, StringComparison.Ordinal));

        RequireRefusal(named, "merges.txt");
    }

    [Fact]
    public void Folders_that_hold_too_little_are_refused()
    {
        RequireRefusal("holds no tokenizer", _folder.Path);
        Copy("phi3", "tokenizer.model");
        RequireRefusal("without tokenizer_config.json", _folder.Path);
        File.Delete(Path.Combine(_folder.Path, "tokenizer.model"));
        Copy("phi4", "vocab.json");
        Copy("phi4", "merges.txt");
        Copy("phi4", "tokenizer_config.json");
        RequireRefusal("'tokenizer_class' is 'PreTrainedTokenizerFast', which does not say how text is split; add tokenizer.json", "tokenizer_config.json");
        Write("tokenizer_config.json", "{\"tokenizer_class\": \"RobertaTokenizer\"}");
        RequireRefusal("'tokenizer_class' is 'RobertaTokenizer'; with vocab.json and merges.txt alone that is not implemented", "tokenizer_config.json");
        Write("tokenizer_config.json", "{\"tokenizer_class\": \"Qwen2Tokenizer\", \"add_prefix_space\": true}");
        RequireRefusal("'add_prefix_space' is true; that is not implemented", "tokenizer_config.json");
    }

    [Fact]
    public void A_pieces_file_cut_off_anywhere_is_refused()
    {
        Copy("phi3", "tokenizer_config.json");
        var bytes = File.ReadAllBytes(Path.Combine(Reference.Own, "tokenizers", "phi3", "tokenizer.model"));
        for (var length = 0; length < bytes.Length; length += length < bytes.Length - 200 ? 37 : 1)
        {
            File.WriteAllBytes(Path.Combine(_folder.Path, "tokenizer.model"), bytes[..length]);
            // The last two bytes are a setting that is also the default.
            if (Refusal() is null) Assert.InRange(length, bytes.Length - 8, bytes.Length);
        }
    }

    [Fact]
    public void A_damaged_pieces_file_is_refused_or_read_but_never_anything_else()
    {
        const int Seed = 90210;
        Copy("phi3", "tokenizer_config.json");
        var bytes = File.ReadAllBytes(Path.Combine(Reference.Own, "tokenizers", "phi3", "tokenizer.model"));
        var random = new Random(Seed);
        var refused = 0;
        for (var round = 0; round < 400; round++)
        {
            byte[] damaged = [.. bytes];
            for (var i = random.Next(1, 4); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(Path.Combine(_folder.Path, "tokenizer.model"), damaged);
            var error = Record.Exception(() => TokenizerFolder.Open(_folder.Path).Encode("What is this? é🧠"));
            Assert.True(error is null or WeightFileException, $"seed {Seed}, round {round}: {error}");
            if (error is not null) refused++;
        }

        Assert.InRange(refused, 100, 400);
    }

    [Fact]
    public void Pieces_of_kinds_that_are_not_implemented_are_refused()
    {
        Copy("phi3", "tokenizer_config.json");
        byte[] Model(byte type, byte kind, string normalizer) =>
        [
            .. Field(1, [.. Field(1, "<unk>"u8), 0x18, 2]), .. Field(1, [.. Field(1, "a"u8), 0x18, type]), .. Field(2, [0x18, kind]),
            .. Field(3, [.. Field(1, Encoding.UTF8.GetBytes(normalizer)), .. normalizer == "identity" ? [] : Field(2, [1, 2, 3]), 0x20, 0]),
        ];

        foreach (var (model, named) in (((byte, byte, string), string)[])
        [
            ((4, 2, "identity"), "piece 1 ('a') has type 4"),
            ((1, 1, "identity"), "model_type is 1"),
            ((1, 2, "nmt_nfkc"), "normalizer_spec.name is 'nmt_nfkc'"),
            ((2, 2, "identity"), "added token '<s>' has id 1, but the vocabulary has 'a' there"),
        ])
        {
            File.WriteAllBytes(Path.Combine(_folder.Path, "tokenizer.model"), Model(model.Item1, model.Item2, model.Item3));
            Assert.Contains(named, Refusal()!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_image_vocabulary_that_starts_elsewhere_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => GoldenTokenizer.Own("phi3").Open().WithImageTokens(new ImageVocabulary(700, 32)));

        Assert.Contains("starts at 700, but the tokenizer has 711 tokens", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_tokenizer_folder_is_opened()
    {
        new ByteTokenizer(["<|end|>"]).Save(Path.Combine(_folder.Path, "byte_tokenizer.json"));

        Assert.Equal(257, TokenizerFolder.Open(_folder.Path).Count);
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> value) => [(byte)((number << 3) | 2), (byte)value.Length, .. value];

    private static string Golden(string family, string file) => File.ReadAllText(Path.Combine(Reference.Own, "tokenizers", family, file));


    private void Copy(string family, string file) => File.Copy(Path.Combine(Reference.Own, "tokenizers", family, file), Path.Combine(_folder.Path, file), overwrite: true);

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(_folder.Path, file), text);

    private WeightFileException? Refusal() => (WeightFileException?)Record.Exception(() => TokenizerFolder.Open(_folder.Path));

    private void RequireRefusal(string named, string file)
    {
        var error = Refusal();
        Assert.NotNull(error);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(file, error.File, StringComparison.Ordinal);
    }
}
