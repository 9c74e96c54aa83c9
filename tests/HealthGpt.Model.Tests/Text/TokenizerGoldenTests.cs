using System.Text.Json.Nodes;
using HealthGpt.Model.Text;

namespace HealthGpt.Model.Tests.Text;

public sealed class TokenizerGoldenTests
{
    public static TheoryData<string> Folders => [.. GoldenTokenizer.Names];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Strings_have_the_reference_ids(string folder)
    {
        var golden = new GoldenTokenizer(folder);
        golden.RequireExpected(golden.Open());
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Prompts_have_the_reference_ids(string folder)
    {
        var golden = new GoldenTokenizer(folder);
        golden.RequirePrompts(golden.Open());
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Answers_and_follow_ups_are_encoded_as_in_the_whole_conversation(string folder)
    {
        var golden = new GoldenTokenizer(folder);
        var (tokenizer, template) = (golden.Open(), golden.Template);
        var prompt = tokenizer.Encode(template.Render("First."));
        Assert.Equal(tokenizer.Encode(template.Render("First.") + "Yes, there."), [.. prompt, .. Prompt.BuildAnswer(tokenizer, template, "Yes, there.")]);
        foreach (var message in (string[])["", "And now?", " \n two", "肺"])
        {
            var whole = tokenizer.Encode(template.Render("First.") + "Yes." + template.Stop + template.Between + message + template.After);
            var followUp = Prompt.BuildFollowUp(tokenizer, template, message);

            Assert.Equal(whole.TakeLast(followUp.Count), followUp);
            Assert.Equal(tokenizer.IdOf(template.Stop), whole[^(followUp.Count + 1)]);
        }
    }

    public static TheoryData<string> FoldersOfMerges => [.. GoldenTokenizer.Names.Where(folder => new GoldenTokenizer(folder) is var golden && golden.Has("vocab.json") && golden.Has("merges.txt"))];

    [Theory]
    [MemberData(nameof(FoldersOfMerges))]
    public void Vocabulary_and_merges_alone_give_the_same_ids(string folder)
    {
        var golden = new GoldenTokenizer(folder);
        var tokenizer = golden.Open("vocab.json", "merges.txt", "tokenizer_config.json");

        golden.RequireExpected(tokenizer);
        golden.RequirePrompts(tokenizer);
    }

    [Theory, InlineData("phi4", "PreTrainedTokenizerFast"), InlineData("phi4", "TokenizersBackend"), InlineData("qwen2", "PreTrainedTokenizerFast"), InlineData("qwen2", "Qwen2Tokenizer")]
    public void Vocabulary_and_merges_are_split_as_the_models_family_does_where_their_class_does_not_say_it(string folder, string tokenizerClass)
    {
        var golden = GoldenTokenizer.Own(folder);
        var tokenizer = golden.OpenChanged(["vocab.json", "merges.txt"], config => config["tokenizer_class"] = tokenizerClass);

        golden.RequireExpected(tokenizer);
        golden.RequirePrompts(tokenizer);
    }

    // cases.json holds what the Hugging Face tokenizers (0.23.2) make of random texts with each variant of a tokenizer.json.
    public static TheoryData<string> Variants => [.. Cases.Select(variant => variant!["name"]!.GetValue<string>())];

    private static JsonArray Cases => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Reference.Own, "tokenizer_json", "cases.json")))!.AsArray();

    [Theory]
    [MemberData(nameof(Variants))]
    public void Variants_of_tokenizer_json_are_read_as_the_reference_reads_them(string name)
    {
        var variant = Cases.Single(variant => variant!["name"]!.GetValue<string>() == name)!;
        var tokenizer = Open(variant["base"]!.GetValue<string>(), variant["changes"]!.AsObject());

        foreach (var item in variant["cases"]!.AsArray())
        {
            var text = item!["text"]!.GetValue<string>();
            int[] ids = [.. item["ids"]!.AsArray().Select(id => id!.GetValue<int>())];

            Assert.True(ids.SequenceEqual(tokenizer.Encode(text)), $"'{text}': expected {string.Join(' ', ids)}, found {string.Join(' ', tokenizer.Encode(text))}");
            // Not compared where the reference reads an added token's text as byte-level characters.
            if (item["decoded"] is { } decoded) Assert.Equal(decoded.GetValue<string>(), tokenizer.Decode(ids));
        }
    }

    // What SentencePiece (0.1.97) makes of random texts by the rules of LlamaTokenizer with legacy off, image tokens added.
    [Fact]
    public void Pieces_files_are_read_as_the_released_code_reads_them()
    {
        var golden = GoldenTokenizer.Own("phi3");
        var tokenizer = golden.Open("tokenizer.model", "tokenizer_config.json").WithImageTokens(golden.Images);
        foreach (var item in JsonNode.Parse(File.ReadAllBytes(Path.Combine(Reference.Own, "tokenizer_model", "cases.json")))!.AsArray())
        {
            var text = item!["text"]!.GetValue<string>();
            Assert.True(item["ids"]!.AsArray().Select(id => id!.GetValue<int>()).SequenceEqual(tokenizer.Encode(text)), $"'{text}': found {string.Join(' ', tokenizer.Encode(text))}");
        }
    }

    // What the rules of GPT2Tokenizer, written in Python with its expression (regex 2022.10.31), make of random texts with Phi-4's added tokens, which strip on both sides, and image tokens.
    [Theory, InlineData("vocab.json", "merges.txt"), InlineData("vocab.json", "merges.txt", "tokenizer.json"), InlineData("tokenizer.json")]
    public void A_vocabulary_that_names_GPT2Tokenizer_is_read_as_the_released_code_reads_it(params string[] files)
    {
        var golden = GoldenTokenizer.Own("phi4");
        var tokenizer = golden.OpenChanged(files, config =>
        {
            config["tokenizer_class"] = "GPT2Tokenizer";
            foreach (var (_, token) in config["added_tokens_decoder"]!.AsObject()) (token!["lstrip"], token["rstrip"]) = (true, true);
        }).WithImageTokens(golden.Images);

        foreach (var item in JsonNode.Parse(File.ReadAllBytes(Path.Combine(Reference.Own, "tokenizer_gpt2", "cases.json")))!.AsArray())
        {
            var text = item!["text"]!.GetValue<string>();
            Assert.True(item["ids"]!.AsArray().Select(id => id!.GetValue<int>()).SequenceEqual(tokenizer.Encode(text)), $"'{text}': found {string.Join(' ', tokenizer.Encode(text))}");
        }
    }

    // GPT-2's own form of a tokenizer.json.
    [Fact]
    public void A_byte_level_pre_tokenizer_alone_splits_as_GPT_2_does()
    {
        var golden = GoldenTokenizer.Own("phi4");
        var byClass = golden.OpenChanged(["vocab.json", "merges.txt"], config => config["tokenizer_class"] = "GPT2Tokenizer");
        var byFile = Open("phi4", JsonNode.Parse("""{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}}""")!.AsObject());

        Assert.All(golden.Expected.GetProperty("cases").EnumerateArray().Select(item => item.GetProperty("text").GetString()!), text => Assert.Equal(byClass.Encode(text), byFile.Encode(text)));
    }

    private static ITextTokenizer Open(string family, JsonObject changes)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(Reference.Own, "tokenizers", family, "tokenizer.json")))!.AsObject();
        foreach (var (key, value) in changes)
        {
            if (key != "model") json[key] = value?.DeepClone();
            else foreach (var (setting, wanted) in value!.AsObject()) json["model"]![setting] = wanted?.DeepClone();
        }

        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), json.ToJsonString());
        return TokenizerFolder.Open(folder.Path);
    }
}
