using System.Text;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>Opens a tokenizer folder by what it holds.</summary>
public static class TokenizerFolder
{
    private const string BytesFile = "byte_tokenizer.json";
    private const string PiecesFile = "tokenizer.model";
    private const string JsonFile = "tokenizer.json";
    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";
    private const string ConfigFile = "tokenizer_config.json";

    /// <summary>
    /// Opens a folder. The first of these counts: byte_tokenizer.json; tokenizer.model, read by the rules of transformers' LlamaTokenizer; vocab.json and merges.txt where
    /// tokenizer_config.json names GPT2Tokenizer (Phi-4); tokenizer.json; vocab.json and merges.txt. The released plugins were trained with the classes that tokenizer_config.json
    /// names (<c>use_fast=False</c>), and GPT2Tokenizer splits words in GPT-2's way, whatever tokenizer.json says of that. tokenizer_config.json also gives added tokens and the begin token.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="splitting">
    /// How words are split where there are only vocab.json and merges.txt, which do not say it, and tokenizer_class does not either.
    /// </param>
    /// <exception cref="WeightFileException">There is no tokenizer, a file is wrong, or it asks for something that is not implemented.</exception>
    public static ITextTokenizer Open(string folder, WordSplitting? splitting = null)
    {
        if (!Directory.Exists(folder)) throw new WeightFileException(folder, "does not exist; the text tokenizer must be at that place");
        if (Has(folder, BytesFile)) return ByteTokenizer.Load(Path.Combine(folder, BytesFile));
        var config = Has(folder, ConfigFile) ? TokenizerConfig.Load(Path.Combine(folder, ConfigFile)) : null;
        if (Has(folder, PiecesFile)) return OpenPieces(folder, config);
        var hasMerges = Has(folder, VocabularyFile) && Has(folder, MergesFile);
        if (hasMerges && config?.IsOfGpt2 == true) return OpenVocabularyAndMerges(folder, config, splitting);
        if (Has(folder, JsonFile)) return TokenizerJson.Load(Path.Combine(folder, JsonFile), config);
        if (hasMerges) return OpenVocabularyAndMerges(folder, config, splitting);
        throw new WeightFileException(folder, $"holds no tokenizer; one is {PiecesFile} with {ConfigFile}, {JsonFile}, {VocabularyFile} with {MergesFile}, or {BytesFile}");
    }

    private static bool Has(string folder, string name) => File.Exists(Path.Combine(folder, name));

    private static BytePairTokenizer OpenPieces(string folder, TokenizerConfig? config)
    {
        var file = Path.Combine(folder, PiecesFile);
        if (config is null)
            throw new WeightFileException(folder, $"has {PiecesFile} without {ConfigFile}, which says how marks are added and which tokens there are besides");
        if (config.Class is not (null or "LlamaTokenizer" or "LlamaTokenizerFast"))
            throw new WeightFileException(config.File, $"'tokenizer_class' is '{config.Class}'; with {PiecesFile} that is not implemented; implemented: LlamaTokenizer, LlamaTokenizerFast");
        var model = SentencePieceModel.Load(file);
        var vocabulary = model.Vocabulary;
        var listed = config.ListsAddedTokens ? config.AddedTokens : PlainAddedTokens(folder);
        if (listed.FirstOrDefault(token => token.SingleWord) is { } single)
            throw new WeightFileException(config.File, $"'{single.Content}' has single_word: true, which is not implemented with {PiecesFile}; implemented: false");

        var unmarked = Names(config).Select(name => vocabulary.IdOf(name) ?? listed.FirstOrDefault(token => token.Content == name)?.Id).OfType<int>().ToHashSet();
        AddedToken[] controls = [.. unmarked.Where(id => vocabulary.TextOf(id) is not null && listed.All(token => token.Id != id))
            .Select(id => new AddedToken(id, vocabulary.TextOf(id)!) { Special = true })];
        var marks = config.Legacy ? new SpaceMarks { ReplaceSpaces = true, BeforeEach = model.AddsPrefix } : new SpaceMarks { ReplaceSpaces = true };
        return new BytePairTokenizer(new TokenizerParts
        {
            Vocabulary = vocabulary,
            AddedTokens = AddedTokenList.Join(config.File, vocabulary, listed, controls),
            Encoder = new MarkedSegmentEncoder(marks, vocabulary, model.Merges, model.Characters, model.Unknowns),
            BytesOf = SentencePieceModel.BytesOf,
            BeginningOfSequence = config.AddsBeginning ?? true ? Beginning(config, vocabulary, listed, "<s>") : null,
            StripSpace = config.AddsPrefixSpace,
            ReplaceEachByte = true,
            FindAsWritten = true,
            MarkWholeText = !config.Legacy && config.AddsPrefixSpace,
            UnmarkedTokens = unmarked,
        });
    }

    private static IEnumerable<string> Names(TokenizerConfig config)
    {
        yield return config.SpecialToken("bos_token") ?? "<s>";
        yield return config.SpecialToken("eos_token") ?? "</s>";
        yield return config.SpecialToken("unk_token") ?? "<unk>";
        if (config.SpecialToken("pad_token") is { } pad) yield return pad;
    }

    private static int Beginning(TokenizerConfig config, TokenVocabulary vocabulary, IReadOnlyList<AddedToken> added, string? byDefault)
    {
        var text = config.SpecialToken("bos_token") ?? byDefault ?? throw new WeightFileException(config.File, "has add_bos_token, but no bos_token");
        return vocabulary.IdOf(text) ?? added.FirstOrDefault(token => token.Content == text)?.Id
            ?? throw new WeightFileException(config.File, $"'bos_token' is '{text}', which is no token");
    }

    // added_tokens.json, the older form, gives texts and ids alone.
    private static IReadOnlyList<AddedToken> PlainAddedTokens(string folder)
    {
        var file = Path.Combine(folder, "added_tokens.json");
        return File.Exists(file)
            ? [.. MergeList.ReadVocabulary(JsonPlace.Read(file)).Tokens.OrderBy(token => token.Key).Select(token => new AddedToken(token.Key, token.Value) { Special = true })]
            : [];
    }

    private static WordSplitting? SplittingOf(TokenizerConfig? config) => config?.Class switch
    {
        "Qwen2Tokenizer" or "Qwen2TokenizerFast" => WordSplitting.Qwen2,
        "GPT2Tokenizer" or "GPT2TokenizerFast" => WordSplitting.Gpt2,
        null or "PreTrainedTokenizerFast" or "TokenizersBackend" => null,
        var other => throw new WeightFileException(
            config.File, $"'tokenizer_class' is '{other}'; with {VocabularyFile} and {MergesFile} alone that is not implemented; implemented: Qwen2Tokenizer, GPT2Tokenizer; for others add {JsonFile}"),
    };

    private static BytePairTokenizer OpenVocabularyAndMerges(string folder, TokenizerConfig? config, WordSplitting? splitting)
    {
        splitting = SplittingOf(config) ?? splitting ?? throw new WeightFileException(
            config?.File ?? folder,
            $"{(config?.Class is { } named ? $"'tokenizer_class' is '{named}'" : "there is no 'tokenizer_class'")}, which does not say how text is split; add {JsonFile}, which does, from where the tokenizer was published");
        config?.RefusePrefixSpace();
        var vocabulary = MergeList.ReadVocabulary(JsonPlace.Read(Path.Combine(folder, VocabularyFile)));
        if (!ByteLevelSegmentEncoder.HasEveryByte(vocabulary))
            throw new WeightFileException(Path.Combine(folder, VocabularyFile), "has no token for some of the 256 bytes; each needs one");
        var merges = MergeList.Read(Path.Combine(folder, MergesFile), vocabulary);
        var added = config is { ListsAddedTokens: true } ? config.AddedTokens : PlainAddedTokens(folder);
        return new BytePairTokenizer(new TokenizerParts
        {
            Vocabulary = vocabulary,
            AddedTokens = AddedTokenList.Join(Path.Combine(folder, VocabularyFile), vocabulary, added, []),
            Encoder = new ByteLevelSegmentEncoder(splitting, vocabulary, merges),
            BytesOf = token => ByteLevelAlphabet.BytesOf(token) ?? Encoding.UTF8.GetBytes(token),
            FindAsWritten = true,
            Normalize = splitting == WordSplitting.Qwen2 ? CanonicalComposition.Normalize : null,
            BeginningOfSequence = config?.AddsBeginning == true ? Beginning(config, vocabulary, added, byDefault: null) : null,
        });
    }
}
