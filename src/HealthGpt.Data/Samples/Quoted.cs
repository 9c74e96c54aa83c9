namespace HealthGpt.Data.Samples;

/// <summary>Text of a dataset as messages show it: short, and without characters that would move a terminal's cursor.</summary>
internal static class Quoted
{
    private const int Longest = 80;

    public static string Of(string? text) => $"'{Plain(text)}'";

    public static string Plain(string? text)
    {
        text ??= "";
        var shown = text.Length > Longest ? string.Concat(text.AsSpan(0, Longest), "...") : text;
        return shown.AsSpan().IndexOfAnyInRange('\0', '\u001F') < 0 && shown.AsSpan().IndexOfAnyInRange('\u007F', '\u009F') < 0 ? shown
            : string.Concat(shown.Select(character => char.IsControl(character) ? ' ' : character));
    }
}
