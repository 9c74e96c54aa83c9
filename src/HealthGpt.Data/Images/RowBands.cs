namespace HealthGpt.Data.Images;

/// <summary>Cuts rows into bands for several threads where the work is worth it. The result is the same either way: rows do not depend on each other.</summary>
internal static class RowBands
{
    // Some milliseconds on one core: below that, waking threads that a data pipeline needs elsewhere costs more than it saves.
    private const long WorthIt = 1 << 25;

    /// <summary>Calls <paramref name="run"/> with bands that make up all rows.</summary>
    /// <param name="rows">How many there are.</param>
    /// <param name="work">Multiplications of all of them.</param>
    /// <param name="threads">Most threads; the calling one is one of them.</param>
    /// <param name="run">Takes the first row of a band and the one after its last.</param>
    public static void Run(int rows, long work, int threads, Action<int, int> run)
    {
        var bands = work < WorthIt ? 1 : Math.Min(rows, threads);
        if (bands == 1)
        {
            run(0, rows);
            return;
        }

        Parallel.For(0, bands, band => run((int)((long)rows * band / bands), (int)((long)rows * (band + 1) / bands)));
    }
}
