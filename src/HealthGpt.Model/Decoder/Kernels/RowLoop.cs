using HealthGpt.Model.Devices;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Work on rows that do not depend on each other, over the threads that libtorch uses. What a row gives does not depend on how rows fall to threads.</summary>
internal static class RowLoop
{
    // Fewer elements are done before another thread has woken.
    private const long Least = 1 << 15;

    /// <summary>Runs the work.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="work">Does the rows from the first number to before the second.</param>
    public static void Run(long rows, long width, Action<long, long> work)
    {
        var parts = Math.Min(Math.Min(get_num_threads(), rows), rows * width / Least);
        if (parts <= 1)
        {
            work(0, rows);
            return;
        }

        TorchThreads.Run(parts, part => work(rows * part / parts, rows * (part + 1) / parts));
    }
}
