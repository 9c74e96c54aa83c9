namespace HealthGpt.Data.Images;

/// <summary>A larger picture of one colour that a picture lies in.</summary>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
/// <param name="Left">Columns of it before the picture.</param>
/// <param name="Top">Rows of it above the picture.</param>
/// <param name="Red">Red of its colour.</param>
/// <param name="Green">Green of its colour.</param>
/// <param name="Blue">Blue of its colour.</param>
internal readonly record struct ImageFrame(int Width, int Height, int Left, int Top, byte Red, byte Green, byte Blue)
{
    /// <summary>No larger than the picture.</summary>
    public static ImageFrame Around(RgbImage image) => new(image.Width, image.Height, 0, 0, 0, 0, 0);

    /// <summary>The smallest square, the picture in its middle.</summary>
    public static ImageFrame Square(RgbImage image, byte red, byte green, byte blue)
    {
        var side = Math.Max(image.Width, image.Height);
        return new ImageFrame(side, side, (side - image.Width) / 2, (side - image.Height) / 2, red, green, blue);
    }

    /// <summary>So many pixels of its colour.</summary>
    public byte[] Row(int width)
    {
        var row = new byte[width * 3];
        for (var i = 0; i < row.Length; i += 3)
            (row[i], row[i + 1], row[i + 2]) = (Red, Green, Blue);
        return row;
    }
}
