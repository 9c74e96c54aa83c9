using System.Globalization;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>tokenizer_config.json: which added tokens there are, and how a text begins.</summary>
internal sealed class TokenizerConfig
{
    private readonly JsonPlace _root;

    private TokenizerConfig(JsonPlace root) => _root = root;

    /// <summary>Reads the file.</summary>
    /// <exception cref="WeightFileException">It is wrong or asks for something that is not implemented.</exception>
    public static TokenizerConfig Load(string file)
    {
        var config = new TokenizerConfig(JsonPlace.Read(file));
        foreach (var name in (string[])["clean_up_tokenization_spaces", "add_eos_token", "split_special_tokens"])
        {
            if (config._root.Flag(name)) throw config._root.Get(name).NotImplemented("false");
        }

        return config;
    }

    /// <summary>The file.</summary>
    public string File => _root.File;

    /// <summary>The class that reads the tokenizer, where it is named.</summary>
    public string? Class => _root.Find("tokenizer_class")?.Text();

    /// <summary>Whether it is read by GPT2Tokenizer, written in Python, which splits words in GPT-2's way whatever tokenizer.json says.</summary>
    public bool IsOfGpt2 => Class == "GPT2Tokenizer";

    /// <summary>Whether every prompt starts with the begin token, where that is said.</summary>
    public bool? AddsBeginning => _root.Find("add_bos_token") is null ? null : _root.Flag("add_bos_token");

    /// <summary>SentencePiece as transformers first used it: every segment between added tokens begins with a mark.</summary>
    public bool Legacy => _root.Flag("legacy", absent: true);

    /// <summary>Whether a text begins with a mark at all.</summary>
    public bool AddsPrefixSpace => _root.Flag("add_prefix_space", absent: true);

    /// <summary>Refuses a space before each text, which is not implemented for byte-level tokenizers.</summary>
    /// <exception cref="WeightFileException">It is asked for.</exception>
    public void RefusePrefixSpace()
    {
        if (_root.Flag("add_prefix_space")) throw _root.Get("add_prefix_space").NotImplemented("false");
    }

    /// <summary>The begin, end, unknown or padding token's text, or null.</summary>
    public string? SpecialToken(string name) => _root.Find(name) switch
    {
        null => null,
        { Element.ValueKind: System.Text.Json.JsonValueKind.Object } token => token.Text("content"),
        { } token => token.Text(),
    };

    /// <summary>Whether the file lists the added tokens.</summary>
    public bool ListsAddedTokens => _root.Find("added_tokens_decoder") is not null;

    /// <summary>The added tokens, by id.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _root.Find("added_tokens_decoder") is not { } tokens ? [] : [.. tokens.Members()
        .Select(member => AddedTokenList.Read(member.Value, IdOf(member.Name))).OrderBy(token => token.Id)];

    private int IdOf(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < TokenVocabulary.MostTokens
        ? id : throw new WeightFileException(File, $"'added_tokens_decoder' has the key '{name}'; its keys are ids from 0 to {TokenVocabulary.MostTokens - 1}");
}
