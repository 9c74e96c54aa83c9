using System.Buffers;
using System.Text;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>A JSON text as it stands in the file, judged without making a string of it. Only texts whose escapes are of one character are judged.</summary>
internal static class PlainText
{
    private static ReadOnlySpan<byte> Placeholder => "<image>"u8;

    /// <summary>Whether it can be judged: an escape by number may be anything.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> text) => text.IndexOf("\\u"u8) < 0;

    /// <summary>Bytes of the text in UTF-8.</summary>
    public static int BytesOf(ReadOnlySpan<byte> text)
    {
        var bytes = text.Length;
        for (var at = text.IndexOf((byte)'\\'); at >= 0; at = text.IndexOf((byte)'\\'))
        {
            bytes--;
            text = text[(at + 2)..];
        }

        return bytes;
    }

    /// <summary>How many pictures it has a place for.</summary>
    public static int Placeholders(ReadOnlySpan<byte> text) => text.Count(Placeholder);

    /// <summary>Whether it says something after white space and placeholders. Where it begins with white space beyond ASCII, the answer may be no though it does.</summary>
    public static bool SaysMoreThanPlaceholders(ReadOnlySpan<byte> text)
    {
        for (text = TrimStart(text); text.StartsWith(Placeholder); text = TrimStart(text))
            text = text[Placeholder.Length..];
        return BeginsWithCharacter(text);
    }

    /// <summary>Whether it says something after white space. Where it begins with white space beyond ASCII, the answer may be no though it does.</summary>
    public static bool SaysSomething(ReadOnlySpan<byte> text) => BeginsWithCharacter(TrimStart(text));

    private static bool BeginsWithCharacter(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out var first, out _) == OperationStatus.Done && !Rune.IsWhiteSpace(first);

    private static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            if (text is [(byte)' ', ..]) text = text[1..];
            else if (text is [(byte)'\\', (byte)'n' or (byte)'r' or (byte)'t' or (byte)'f', ..]) text = text[2..];
            else return text;
        }
    }
}
