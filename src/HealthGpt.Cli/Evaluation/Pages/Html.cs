using System.Globalization;
using System.Net;
using System.Text;
using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>Pieces of the page. It is well-formed XML as well, so that every tool can read it.</summary>
internal static class Html
{
    private const int LongestText = 4000;

    /// <summary>A text as the page shows it: escaped, without characters that no page may hold, and cut where it is very long.</summary>
    public static string Text(string text)
    {
        var shown = text.Length <= LongestText ? text : text[..LongestText];
        var clean = new StringBuilder(shown.Length);
        foreach (var rune in shown.EnumerateRunes())
            clean.Append(IsAllowed(rune) ? rune : Rune.ReplacementChar);
        var escaped = WebUtility.HtmlEncode(clean.ToString());
        return shown.Length == text.Length ? escaped : string.Create(CultureInfo.InvariantCulture, $"{escaped} … ({text.Length - shown.Length} more characters)");
    }

    /// <summary>A picture within the page.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="alt">What it is.</param>
    public static string Picture(RgbImage image, string alt) => string.Create(
        CultureInfo.InvariantCulture, $"<img src=\"data:image/png;base64,{Convert.ToBase64String(image.EncodePng())}\" width=\"{image.Width}\" height=\"{image.Height}\" alt=\"{Text(alt)}\" />");

    /// <summary>A figure with as many digits as its size deserves.</summary>
    public static string Number(double value) => value.ToString(Math.Abs(value) switch { < 10 => "0.000", < 100 => "0.00", _ => "0.0" }, CultureInfo.InvariantCulture);

    /// <summary>The same with its sign.</summary>
    public static string Signed(double value) => (value > 0 ? "+" : value < 0 ? "\u2212" : "") + Number(Math.Abs(value));

    /// <summary>A count with thousands apart.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u202F');

    /// <summary>The beginning of a hash.</summary>
    public static string Hash(string sha256) => $"<code title=\"SHA-256 {sha256}\">{sha256[..12]}</code>";

    // Control characters, and the two code points that XML leaves out.
    private static bool IsAllowed(Rune rune) => (rune.Value >= 0x20 || rune.Value is '\n' or '\t') && rune.Value is not (0xFFFE or 0xFFFF or (>= 0x7F and <= 0x9F));
}
