using System.Globalization;

namespace HealthGpt.Model.Vocabulary;

/// <summary>
/// Where the image tokens lie: after the text tokenizer's last token come <c>&lt;start_index&gt;</c>, <c>&lt;idx_0&gt;</c> and so on,
/// <c>&lt;end_index&gt;</c> and <c>&lt;pixel_newline&gt;</c>.
/// </summary>
/// <param name="TextTokens">The text tokenizer's length (not the base's embedding rows).</param>
/// <param name="Codes">The image tokenizer's number of codes.</param>
public sealed record ImageVocabulary(int TextTokens, int Codes)
{
    /// <summary>Id of <c>&lt;start_index&gt;</c>, the last token of a generation prompt.</summary>
    public int StartIndex => TextTokens;

    /// <summary>Id of <c>&lt;idx_0&gt;</c>.</summary>
    public int FirstCode => TextTokens + 1;

    /// <summary>Id of <c>&lt;end_index&gt;</c>, the last token of a generation answer.</summary>
    public int EndIndex => FirstCode + Codes;

    /// <summary>Id of <c>&lt;pixel_newline&gt;</c>.</summary>
    public int PixelNewline => EndIndex + 1;

    /// <summary>The number of tokens added.</summary>
    public int Added => Codes + 3;

    /// <summary>Rows of the extended embedding and head.</summary>
    public int Size => TextTokens + Added;

    /// <summary>The text of an image token, or null for another id.</summary>
    public string? NameOf(int id)
    {
        if (id == StartIndex) return "<start_index>";
        if (id == EndIndex) return "<end_index>";
        if (id == PixelNewline) return "<pixel_newline>";
        return id > StartIndex && id < EndIndex ? string.Create(CultureInfo.InvariantCulture, $"<idx_{id - FirstCode}>") : null;
    }
}
