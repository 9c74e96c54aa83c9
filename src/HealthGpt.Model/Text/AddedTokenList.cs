using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>Reads and checks lists of added tokens.</summary>
internal static class AddedTokenList
{
    /// <summary>Reads a token and its rules.</summary>
    public static AddedToken Read(JsonPlace token, int id)
    {
        var content = token.Text("content");
        if (content.Length == 0) throw new WeightFileException(token.File, $"'{token.Path}.content' is empty; an added token has a text");
        return new AddedToken(id, content)
        {
            Special = token.Flag("special"),
            SingleWord = token.Flag("single_word"),
            LeftStrip = token.Flag("lstrip"),
            RightStrip = token.Flag("rstrip"),
            Normalized = token.Flag("normalized"),
        };
    }

    /// <summary>Joins two lists, of which the second may only repeat the first or add to it, and checks them against the vocabulary.</summary>
    /// <param name="file">The file named in errors.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="first">The list that counts.</param>
    /// <param name="second">Further tokens.</param>
    /// <exception cref="WeightFileException">A token or an id is there twice, ids have gaps beyond reason, or the vocabulary says otherwise.</exception>
    public static IReadOnlyList<AddedToken> Join(string file, TokenVocabulary vocabulary, IReadOnlyList<AddedToken> first, IReadOnlyList<AddedToken> second)
    {
        var joined = new List<AddedToken>();
        var byId = new Dictionary<int, string>();
        var byContent = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, repeated) in first.Select(token => (token, false)).Concat(second.Select(token => (token, true))))
        {
            if (repeated && byId.TryGetValue(token.Id, out var same) && same == token.Content) continue;
            if (!byId.TryAdd(token.Id, token.Content))
                throw new WeightFileException(file, $"added tokens '{byId[token.Id]}' and '{token.Content}' share the id {token.Id}; each id belongs to one token");
            if (!byContent.TryAdd(token.Content, token.Id))
                throw new WeightFileException(file, $"added token '{token.Content}' has two ids, {byContent[token.Content]} and {token.Id}");
            RequireAgreement(file, vocabulary, token);
            joined.Add(token);
        }

        RequireDense(file, vocabulary, joined);
        return joined;
    }

    private static void RequireAgreement(string file, TokenVocabulary vocabulary, AddedToken token)
    {
        var (text, id) = (vocabulary.TextOf(token.Id), vocabulary.IdOf(token.Content));
        if (text is not null && text != token.Content)
            throw new WeightFileException(file, $"added token '{token.Content}' has id {token.Id}, but the vocabulary has '{text}' there");
        if (id is not null && id != token.Id)
            throw new WeightFileException(file, $"added token '{token.Content}' has id {token.Id}, but the vocabulary has it at {id}");
    }

    // The embedding has a row for every id: a vocabulary of a thousand tokens does not need a million of them.
    private static void RequireDense(string file, TokenVocabulary vocabulary, List<AddedToken> added)
    {
        var tokens = vocabulary.Count + added.Count(token => vocabulary.TextOf(token.Id) is null);
        var length = Math.Max(vocabulary.Length, added.Select(token => token.Id + 1).DefaultIfEmpty().Max());
        if (tokens == 0) throw new WeightFileException(file, "has no tokens");
        if (length > 2L * tokens + 1024) throw new WeightFileException(file, $"has {tokens} tokens, but ids up to {length - 1}; at most half of all ids may be unused");
    }
}
