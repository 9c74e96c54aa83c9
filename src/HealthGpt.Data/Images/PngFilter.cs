namespace HealthGpt.Data.Images;

/// <summary>The filters of PNG rows (PNG specification, 9.2).</summary>
internal static class PngFilter
{
    /// <summary>What a byte is expected to be.</summary>
    /// <param name="type">0 none, 1 left, 2 up, 3 their mean, 4 Paeth.</param>
    /// <param name="left">The byte of the pixel before.</param>
    /// <param name="up">The byte above.</param>
    /// <param name="corner">The byte above that of the pixel before.</param>
    public static int Predict(int type, int left, int up, int corner) => type switch
    {
        0 => 0,
        1 => left,
        2 => up,
        3 => (left + up) / 2,
        _ => Paeth(left, up, corner),
    };

    private static int Paeth(int left, int up, int corner)
    {
        var estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        if (toLeft <= toUp && toLeft <= toCorner)
            return left;
        return toUp <= toCorner ? up : corner;
    }
}
