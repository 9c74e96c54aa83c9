using System.Globalization;

namespace HealthGpt.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = "usage: dotnet run -c Release --project tests/HealthGpt.Benchmarks -- [NAME...] [--out FILE] [--seconds S]";

    /// <summary>The benchmarks to run; by default all that do not ask for their name.</summary>
    public IReadOnlyList<IBenchmark> Benchmarks { get; init; } = [.. BenchmarkList.All.Where(benchmark => !benchmark.OnlyByName)];

    /// <summary>The file the table is written to; null for standard output alone.</summary>
    public string? OutputFile { get; init; }

    /// <summary>How long one comparison is measured.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">It asks for something unknown; the message says what is known.</exception>
    public static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions();
        var wanted = new List<IBenchmark>();
        for (var at = 0; at < arguments.Count; at++)
        {
            if (arguments[at] == "--out") options = options with { OutputFile = ValueOf(arguments, ref at) };
            else if (arguments[at] == "--seconds") options = options with { Budget = Seconds(ValueOf(arguments, ref at)) };
            else wanted.Add(Find(arguments[at]));
        }

        return wanted.Count == 0 ? options : options with { Benchmarks = [.. BenchmarkList.All.Where(wanted.Contains)] };
    }

    private static IBenchmark Find(string name) => BenchmarkList.All.FirstOrDefault(benchmark => benchmark.Name == name)
        ?? throw new ArgumentException($"'{name}' is no benchmark; there are {string.Join(", ", BenchmarkList.All.Select(benchmark => benchmark.Name))}.");

    private static string ValueOf(IReadOnlyList<string> arguments, ref int at) => at + 1 < arguments.Count
        ? arguments[++at]
        : throw new ArgumentException($"{arguments[at]} has no value; write one after it.");

    private static TimeSpan Seconds(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 3600
        ? TimeSpan.FromSeconds(value)
        : throw new ArgumentException($"--seconds is '{text}', but must be a number above 0 and at most 3600.");
}
