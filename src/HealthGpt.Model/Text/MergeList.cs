using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>Reads merge rules in the order of their ranks.</summary>
internal static class MergeList
{
    /// <summary>The <c>merges</c> of a tokenizer.json: pairs, or both texts with a space between them.</summary>
    public static BytePairMerges Read(JsonPlace list, TokenVocabulary vocabulary)
    {
        var merges = new BytePairMerges(list.Element.ValueKind == JsonValueKind.Array ? list.Element.GetArrayLength() : 0);
        var rank = 0;
        foreach (var item in list.Items())
        {
            string[] pair = item.Element.ValueKind == JsonValueKind.Array ? [.. item.Items().Select(text => text.Text())] : item.Text().Split(' ');
            if (pair.Length != 2 || pair.Contains("")) throw item.Wrong("a pair of tokens");
            vocabulary.AddMerge(merges, pair[0], pair[1], rank++, item.File, $"'{item.Path}'");
        }

        return merges;
    }

    /// <summary>merges.txt: a rule a line, after a first line with the version.</summary>
    public static BytePairMerges Read(string file, TokenVocabulary vocabulary)
    {
        var bytes = TokenizerFile.Read(file);
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) throw new WeightFileException(file, "is not UTF-8");
        var lines = System.Text.Encoding.UTF8.GetString(bytes).Split('\n');
        var merges = new BytePairMerges(lines.Length);
        var rank = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || (i == 0 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            var pair = line.Split(' ');
            if (pair.Length != 2 || pair.Contains(""))
                throw new WeightFileException(file, $"line {i + 1} is '{(line.Length > 120 ? line[..120] + "..." : line)}'; that must be two tokens with a space between them");
            vocabulary.AddMerge(merges, pair[0], pair[1], rank++, file, $"line {i + 1}");
        }

        return merges;
    }

    /// <summary>A vocabulary: tokens and their ids.</summary>
    public static TokenVocabulary ReadVocabulary(JsonPlace tokens)
    {
        var vocabulary = new TokenVocabulary(tokens.File);
        foreach (var (text, id) in tokens.Members()) vocabulary.Add(text, id.Number());
        return vocabulary;
    }
}
