using SkiaSharp;

namespace HealthGpt.Cli.Pictures;

/// <summary>The font of all pictures. It travels with the program, because a bare machine has none.</summary>
internal static class EmbeddedFont
{
    private const string Resource = "HealthGpt.Cli.Pictures.Fonts.DejaVuSans.ttf";

    private static readonly Lazy<SKTypeface> Face = new(Load);

    public static SKFont Of(float size) => new(Face.Value, size) { Subpixel = true };

    private static SKTypeface Load()
    {
        using var stream = typeof(EmbeddedFont).Assembly.GetManifestResourceStream(Resource)!;
        return SKTypeface.FromStream(stream) ?? throw new InvalidOperationException($"the embedded font {Resource} cannot be read");
    }
}
