using System.Runtime.ExceptionServices;

namespace HealthGpt.Data.Samples;

/// <summary>Work on several threads that fails as it would on one.</summary>
internal static class SideBySide
{
    public static void For(int count, ParallelOptions options, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, options, body);
        }
        catch (AggregateException error) when (error.InnerExceptions is [var first, ..])
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
