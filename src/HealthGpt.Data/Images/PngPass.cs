namespace HealthGpt.Data.Images;

/// <summary>The pixels of a PNG that its data have one after another: all of them, or every so many of an interlaced one (Adam7; PNG specification, 8.2).</summary>
/// <param name="Left">Column of the first pixel.</param>
/// <param name="Top">Row of the first pixel.</param>
/// <param name="Across">Columns from one pixel to the next.</param>
/// <param name="Down">Rows from one to the next.</param>
internal readonly record struct PngPass(int Left, int Top, int Across, int Down)
{
    private static readonly PngPass[] Whole = [new(0, 0, 1, 1)];
    private static readonly PngPass[] Adam7 = [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];

    /// <summary>The passes of a file, those without any pixel left out: they have no rows in the data.</summary>
    public static IEnumerable<PngPass> Of(PngHeader header) => (header.Interlaced ? Adam7 : Whole).Where(pass => pass.Left < header.Width && pass.Top < header.Height);

    /// <summary>Pixels of a row.</summary>
    /// <param name="width">Width of the picture.</param>
    public int Columns(int width) => ((width - Left - 1) / Across) + 1;
}
