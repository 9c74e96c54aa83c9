using System.Diagnostics;

namespace HealthGpt.Benchmarks.Measuring;

/// <summary>One of the two sides of a comparison.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Time">Runs it so many times and says how long that took, without what it sets up.</param>
internal sealed record Side(string Name, Func<int, TimeSpan> Time)
{
    /// <summary>What else is worth knowing, such as bytes moved; asked after the measurement.</summary>
    public Func<string>? Note { get; init; }

    /// <summary>A side that is timed from outside.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="run">What is timed.</param>
    /// <param name="before">What is done before each run and not timed.</param>
    public static Side Of(string name, Action run, Action? before = null)
    {
        var side = new Side(name, times => Timed(() => Repeat(run, times)));
        return before is null ? side : side.After(before);
    }

    /// <summary>A side that says itself how long a run took.</summary>
    public static Side Reporting(string name, Func<TimeSpan> run) => new(name, times =>
    {
        var total = TimeSpan.Zero;
        for (var time = 0; time < times; time++) total += run();
        return total;
    });

    /// <summary>This side with something more that is done before each run and not timed.</summary>
    public Side After(Action before) => this with
    {
        Time = times =>
        {
            var total = TimeSpan.Zero;
            for (var time = 0; time < times; time++)
            {
                before();
                total += Time(1);
            }

            return total;
        },
    };

    private static TimeSpan Timed(Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start);
    }

    private static void Repeat(Action run, int times)
    {
        for (var time = 0; time < times; time++) run();
    }
}
