using System.Text;
using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>tokenizer.json, the Hugging Face tokenizers' file; what of it is not implemented is refused by name and value.</summary>
internal static class TokenizerJson
{
    /// <summary>Reads a tokenizer.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">The tokenizer_config.json beside it, where there is one.</param>
    /// <exception cref="WeightFileException">It is wrong or not implemented.</exception>
    public static BytePairTokenizer Load(string file, TokenizerConfig? config)
    {
        var root = JsonPlace.Read(file);
        foreach (var name in (string[])["truncation", "padding"])
        {
            if (root.Find(name) is { } cut) throw cut.NotImplemented("null");
        }

        if (config?.IsOfGpt2 == true) config.RefusePrefixSpace();
        var model = root.Get("model");
        var type = model.Find("type");
        if (type is { } named && named.Text() != "BPE") throw named.NotImplemented("BPE");
        RequirePlain(model);
        var vocabulary = MergeList.ReadVocabulary(model.Get("vocab"));
        if (vocabulary.Count == 0) throw model.Get("vocab").Wrong("tokens and their ids");
        var merges = MergeList.Read(model.Get("merges"), vocabulary);
        IReadOnlyList<AddedToken> added = [.. (root.Find("added_tokens")?.Items() ?? []).Select(token => AddedTokenList.Read(token, IdOf(token)))];
        var pre = root.Find("pre_tokenizer");
        var parts = pre is { } splits && splits.Text("type") != "Metaspace"
            ? ByteLevel(root, model, vocabulary, merges, config?.IsOfGpt2 == true ? WordSplitting.Gpt2 : ReadSplitting(splits))
            : Marked(root, model, vocabulary, merges, ReadMarks(pre));
        parts = parts with
        {
            // Python's tokenizers take them from tokenizer_config.json.
            AddedTokens = config?.IsOfGpt2 == true ? AddedTokenList.Join(file, vocabulary, config.AddedTokens, added) : AddedTokenList.Join(file, vocabulary, added, config?.AddedTokens ?? []),
            FindAsWritten = config?.IsOfGpt2 == true,
            Normalize = config?.IsOfGpt2 == true ? null : TextNormalizer.Read(root.Find("normalizer")),
        };
        return new BytePairTokenizer(parts with { BeginningOfSequence = Beginning(root, config, parts) });
    }

    private static int IdOf(JsonPlace token)
    {
        var id = token.Get("id");
        return id.Number() is >= 0 and < TokenVocabulary.MostTokens ? (int)id.Number() : throw id.Wrong($"an id from 0 to {TokenVocabulary.MostTokens - 1}");
    }

    private static void RequirePlain(JsonPlace model)
    {
        if (model.Find("dropout") is { } dropout && !(dropout.Element is { ValueKind: JsonValueKind.Number } share && share.GetDouble() == 0)) throw dropout.NotImplemented("null");
        foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Find(name) is { } affix && affix.Text().Length > 0) throw affix.NotImplemented("null");
        }
    }

    private static UnknownSymbols Unknowns(JsonPlace model, TokenVocabulary vocabulary, int[]? bytes)
    {
        var token = model.Find("unk_token");
        int? id = token is { } named ? vocabulary.IdOf(named.Text()) ?? throw named.Wrong("a token of the vocabulary") : null;
        return new UnknownSymbols(bytes, id, model.Flag("fuse_unk"));
    }

    private static TokenizerParts ByteLevel(JsonPlace root, JsonPlace model, TokenVocabulary vocabulary, BytePairMerges merges, WordSplitting splitting)
    {
        foreach (var flag in (string[])["byte_fallback", "ignore_merges"])
        {
            if (model.Flag(flag)) throw model.Get(flag).NotImplemented("false with a ByteLevel pre_tokenizer");
        }

        if (!ByteLevelSegmentEncoder.HasEveryByte(vocabulary)) throw model.Get("vocab").Wrong("a token for each of the 256 bytes");
        var decoder = root.Get("decoder");
        if (decoder.Text("type") != "ByteLevel") throw decoder.NotImplemented("ByteLevel with a ByteLevel pre_tokenizer");
        return new TokenizerParts
        {
            Vocabulary = vocabulary,
            Encoder = new ByteLevelSegmentEncoder(splitting, vocabulary, merges),
            BytesOf = token => ByteLevelAlphabet.BytesOf(token) ?? Encoding.UTF8.GetBytes(token),
        };
    }

    private static WordSplitting ReadSplitting(JsonPlace pre)
    {
        const string Implemented = "Metaspace, ByteLevel, or a Sequence of Split and ByteLevel";
        if (pre.Text("type") == "ByteLevel") return ReadGpt2(pre);
        if (pre.Text("type") != "Sequence") throw pre.Get("type").NotImplemented(Implemented);
        JsonPlace[] steps = [.. pre.Get("pretokenizers").Items()];
        if (steps.Length != 2 || steps[0].Text("type") != "Split" || steps[1].Text("type") != "ByteLevel") throw pre.NotImplemented(Implemented);
        RequireKept(steps[0]);
        RequireNoPrefix(steps[1]);
        if (steps[1].Flag("use_regex", absent: true)) throw steps[1].NotImplemented("use_regex: false");
        var pattern = steps[0].Get("pattern");
        if (pattern.Find("Regex") is not { } regex) throw pattern.NotImplemented("{\"Regex\": ...}");
        return WordSplitting.ByPattern(regex.Text()) ?? throw regex.NotImplemented("the expressions of cl100k, Qwen2 and GPT-2");
    }

    private static WordSplitting ReadGpt2(JsonPlace byteLevel)
    {
        RequireNoPrefix(byteLevel);
        return byteLevel.Flag("use_regex", absent: true) ? WordSplitting.Gpt2 : throw byteLevel.NotImplemented("use_regex: true where there is no Split");
    }

    private static void RequireNoPrefix(JsonPlace byteLevel)
    {
        if (byteLevel.Flag("add_prefix_space")) throw byteLevel.Get("add_prefix_space").NotImplemented("false");
    }

    // The expressions match all of a text, so it is the same whether the matches are isolated or what lies between them is removed.
    private static void RequireKept(JsonPlace split)
    {
        var kept = split.Text("behavior") switch
        {
            "Isolated" => true,
            "Removed" => split.Flag("invert"),
            _ => false,
        };
        if (!kept) throw split.Get("behavior").NotImplemented("Isolated, or Removed with invert");
    }

    private static TokenizerParts Marked(JsonPlace root, JsonPlace model, TokenVocabulary vocabulary, BytePairMerges merges, SpaceMarks marks)
    {
        if (model.Flag("ignore_merges")) throw model.Get("ignore_merges").NotImplemented("false without a ByteLevel pre_tokenizer");
        int[]? bytes = null;
        if (model.Flag("byte_fallback"))
            bytes = UnknownSymbols.ByteTokens(vocabulary) ?? throw model.Get("byte_fallback").Wrong("false, since a token of <0x00> to <0xFF> is missing");
        var characters = new Dictionary<Rune, int>();
        foreach (var (id, text) in vocabulary.Tokens)
        {
            if (Rune.TryGetRuneAt(text, 0, out var rune) && rune.Utf16SequenceLength == text.Length) characters.Add(rune, id);
        }

        return new TokenizerParts
        {
            Vocabulary = vocabulary,
            Encoder = new MarkedSegmentEncoder(marks, vocabulary, merges, characters, Unknowns(model, vocabulary, bytes)),
            BytesOf = SentencePieceModel.BytesOf,
            StripSpace = StripsSpace(root.Get("decoder")),
            ReplaceEachByte = true,
        };
    }

    private static SpaceMarks ReadMarks(JsonPlace? pre)
    {
        if (pre is not { } metaspace) return new SpaceMarks();
        if (metaspace.Text("replacement") != SpaceMarks.Mark.ToString()) throw metaspace.Get("replacement").NotImplemented("\u2581");
        var scheme = metaspace.Find("prepend_scheme");
        var name = scheme?.Text() ?? (metaspace.Flag("add_prefix_space", absent: true) ? "always" : "never");
        if (name is not ("first" or "always" or "never")) throw scheme!.Value.NotImplemented("first, always, never");
        return new SpaceMarks
        {
            ReplaceSpaces = true,
            UnlessMarked = true,
            BeforeFirst = name == "first",
            BeforeEach = name == "always",
            Split = metaspace.Flag("split", absent: true),
        };
    }

    // Replace the mark, ByteFallback, Fuse, and mostly Strip of one space at the start.
    private static bool StripsSpace(JsonPlace decoder)
    {
        const string Implemented = "a Sequence of Replace (mark by space), ByteFallback, Fuse and Strip (one space at the start)";
        if (decoder.Text("type") != "Sequence") throw decoder.NotImplemented(Implemented);
        JsonPlace[] steps = [.. decoder.Get("decoders").Items()];
        string[] types = [.. steps.Select(step => step.Text("type"))];
        if (!types.SequenceEqual(["Replace", "ByteFallback", "Fuse"]) && !types.SequenceEqual(["Replace", "ByteFallback", "Fuse", "Strip"]))
            throw decoder.NotImplemented(Implemented);
        if (steps[0].Get("pattern").Find("String")?.Text() != SpaceMarks.Mark.ToString() || steps[0].Text("content") != " ") throw steps[0].NotImplemented(Implemented);
        if (steps.Length == 3) return false;
        var strip = steps[3];
        if (strip.Text("content") != " " || strip.Get("start").Number() != 1 || strip.Get("stop").Number() != 0) throw strip.NotImplemented(Implemented);
        return true;
    }

    private static int? Beginning(JsonPlace root, TokenizerConfig? config, TokenizerParts parts)
    {
        var (inTemplate, place) = TemplateBeginning(root.Find("post_processor"));
        var adds = config?.AddsBeginning ?? inTemplate is not null;
        if (!adds) return null;
        var text = config?.SpecialToken("bos_token") ?? inTemplate
            ?? throw new WeightFileException(config?.File ?? root.File, "has add_bos_token, but no bos_token");
        return parts.AddedTokens.FirstOrDefault(token => token.Content == text)?.Id ?? parts.Vocabulary.IdOf(text)
            ?? throw new WeightFileException(place ?? root.File, $"names the begin token '{text}', which is no token");
    }

    private static (string? Token, string? File) TemplateBeginning(JsonPlace? processor)
    {
        if (processor is not { } given) return (null, null);
        var type = given.Get("type");
        switch (type.Text())
        {
            case "ByteLevel":
                return (null, null);
            case "Sequence":
                return given.Get("processors").Items().Select(step => TemplateBeginning(step)).FirstOrDefault(found => found.Token is not null);
            case "TemplateProcessing":
                JsonPlace[] steps = [.. given.Get("single").Items()];
                string[] kinds = [.. steps.Select(step => step.Members().First().Name)];
                if (kinds.SequenceEqual(["Sequence"])) return (null, null);
                if (!kinds.SequenceEqual(["SpecialToken", "Sequence"])) throw given.Get("single").NotImplemented("a text, with or without one token before it");
                return (steps[0].Get("SpecialToken").Text("id"), given.File);
            default:
                throw type.NotImplemented("TemplateProcessing, ByteLevel, Sequence");
        }
    }
}
