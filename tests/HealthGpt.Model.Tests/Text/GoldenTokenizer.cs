using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;
using Microsoft.ML.Tokenizers;

namespace HealthGpt.Model.Tests.Text;

/// <summary>A tokenizer of the reference with its strings and prompts.</summary>
internal sealed class GoldenTokenizer
{
    private readonly string _folder;

    public GoldenTokenizer(string name, string? root = null)
    {
        _folder = Path.Combine(root ?? Reference.Tokenizers, name);
        Expected = Read("expected.json");
        Prompts = Read("prompts.json");
    }

    public static IEnumerable<string> Names => Directory.GetDirectories(Reference.Tokenizers).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    /// <summary>One of this project's own copies.</summary>
    public static GoldenTokenizer Own(string name) => new(name, Path.Combine(Reference.Own, "tokenizers"));

    public JsonElement Expected { get; }

    public JsonElement Prompts { get; }

    /// <summary>The tokenizer of the folder, or of some of its files.</summary>
    public BytePairTokenizer Open(params string[] files)
    {
        if (files.Length == 0) return (BytePairTokenizer)TokenizerFolder.Open(_folder);
        using var folder = new TemporaryFolder();
        foreach (var file in files) File.Copy(Path.Combine(_folder, file), Path.Combine(folder.Path, file));
        return (BytePairTokenizer)TokenizerFolder.Open(folder.Path, Template.Splitting);
    }

    /// <summary>The tokenizer of some files with a changed tokenizer_config.json.</summary>
    public BytePairTokenizer OpenChanged(string[] files, Action<JsonObject> change)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in files) File.Copy(Path.Combine(_folder, file), Path.Combine(folder.Path, file));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "tokenizer_config.json")))!.AsObject();
        change(config);
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"), config.ToJsonString());
        return (BytePairTokenizer)TokenizerFolder.Open(folder.Path, Template.Splitting);
    }

    /// <summary>The merge rules of vocab.json and merges.txt as Microsoft.ML.Tokenizers applies them to one piece; it knows neither splitting nor added tokens.</summary>
    public BpeTokenizer OpenByLibrary() =>
        BpeTokenizer.Create(new BpeOptions(Path.Combine(_folder, "vocab.json"), Path.Combine(_folder, "merges.txt")) { ByteLevel = true });

    public bool Has(string file) => File.Exists(Path.Combine(_folder, file));

    public ImageVocabulary Images => new(Expected.GetProperty("length_before").GetInt32(), Expected.GetProperty("added").GetInt32() - 3);

    public PromptTemplate Template => PromptTemplate.ByName(Prompts.GetProperty("template").GetString()!);

    /// <summary>Every string of expected.json is encoded and decoded as the reference does it.</summary>
    public void RequireExpected(BytePairTokenizer tokenizer)
    {
        Assert.Equal(Images.TextTokens, tokenizer.Count);
        Assert.Equal(Images.StartIndex, Expected.GetProperty("start_index").GetInt32());
        var extended = tokenizer.WithImageTokens(Images);
        foreach (var item in Expected.GetProperty("cases").EnumerateArray())
        {
            var text = item.GetProperty("text").GetString()!;
            int[] ids = Ids(item), found = [.. Beginning(tokenizer), .. extended.Encode(text)];
            Assert.True(ids.AsSpan().SequenceEqual(found), $"'{text}': expected {string.Join(' ', ids)}, found {string.Join(' ', found)}");

            // The reference shows the family's own special tokens, set apart by spaces.
            var decoded = item.GetProperty("decoded").GetString()!;
            foreach (var special in ids.Select(id => Encoding.UTF8.GetString(tokenizer.BytesOf(id).Span)).Where(text => tokenizer.IdOf(text) > 2).Distinct())
                decoded = decoded.Replace(special, "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
            Assert.Equal(decoded, extended.Decode(ids));
        }
    }

    /// <summary>Every prompt of prompts.json has the reference's ids.</summary>
    public void RequirePrompts(BytePairTokenizer tokenizer)
    {
        foreach (var item in Prompts.GetProperty("cases").EnumerateArray())
        {
            var message = item.GetProperty("user").GetString()!;
            var generation = item.GetProperty("kind").GetString() == "generation";

            Assert.Equal(item.GetProperty("prompt").GetString(), Template.Render(message) + (generation ? Images.NameOf(Images.StartIndex) : ""));
            Assert.Equal(Ids(item), Prompt.Build(tokenizer, Template, Images, message, generation));
        }
    }

    private static IEnumerable<int> Beginning(BytePairTokenizer tokenizer) => tokenizer.BeginningOfSequence is { } start ? [start] : [];

    private static int[] Ids(JsonElement item) => [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder, file))).RootElement;
}
