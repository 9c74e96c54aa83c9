namespace HealthGpt.Model.Text;

/// <summary>The normalizers of a tokenizer.json: NFC, Prepend, Replace and sequences of them.</summary>
internal static class TextNormalizer
{
    /// <summary>Reads one; null leaves the text as it is.</summary>
    /// <exception cref="Weights.WeightFileException">It is not implemented.</exception>
    public static Func<string, string>? Read(JsonPlace? place)
    {
        if (place is not { } normalizer) return null;
        var type = normalizer.Get("type");
        return type.Text() switch
        {
            "NFC" => CanonicalComposition.Normalize,
            "Prepend" => Prepend(normalizer.Text("prepend")),
            "Replace" => Replace(normalizer),
            "Sequence" => Sequence([.. normalizer.Get("normalizers").Items().Select(item => Read(item)!)]),
            _ => throw type.NotImplemented("NFC, Prepend, Replace, Sequence"),
        };
    }

    private static Func<string, string> Prepend(string prefix) => text => text.Length == 0 ? text : prefix + text;

    private static Func<string, string> Replace(JsonPlace normalizer)
    {
        var pattern = normalizer.Get("pattern");
        if (pattern.Find("String") is not { } searched || searched.Text().Length == 0) throw pattern.NotImplemented("{\"String\": ...}");
        var (from, to) = (searched.Text(), normalizer.Text("content"));
        return text => text.Replace(from, to, StringComparison.Ordinal);
    }

    private static Func<string, string> Sequence(IReadOnlyList<Func<string, string>> steps) => text => steps.Aggregate(text, (changed, step) => step(changed));
}
