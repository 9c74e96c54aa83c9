using System.Globalization;

namespace HealthGpt.Soak;

/// <summary>What to soak, how much, and where the summary goes.</summary>
internal sealed record SoakOptions
{
    public const string Usage = "usage: HealthGpt.Soak weights [--files N] [--seed N] [--golden DIR] [--out FILE.md]\n       HealthGpt.Soak checkpoints [--kills N] [--seed N] [--out FILE.md]";
    public const string Checkpoints = "checkpoints";

    private const string Weights = "weights";

    public string Subject { get; init; } = Weights;

    public int Files { get; init; } = 100_000;

    /// <summary>Kills of training processes, half of them with checkpoints in a folder, half in Azurite.</summary>
    public int Kills { get; init; } = 200;

    public int Seed { get; init; } = 27;

    /// <summary>A folder whose small weight files are mutated too.</summary>
    public string? GoldenFolder { get; init; }

    public string? OutputFile { get; init; }

    public static SoakOptions Parse(string[] arguments)
    {
        if (arguments is not [Weights or Checkpoints, .. var rest] || rest.Length % 2 != 0) throw new ArgumentException("name what to soak, and a value for each option");
        var options = new SoakOptions { Subject = arguments[0] };
        for (var at = 0; at < rest.Length; at += 2)
        {
            options = rest[at] switch
            {
                "--files" => options with { Files = Number(rest[at + 1]) },
                "--kills" => options with { Kills = Number(rest[at + 1]) },
                "--seed" => options with { Seed = Number(rest[at + 1]) },
                "--golden" => options with { GoldenFolder = rest[at + 1] },
                "--out" => options with { OutputFile = rest[at + 1] },
                var unknown => throw new ArgumentException($"there is no option '{unknown}'"),
            };
        }

        return options;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ArgumentException($"'{text}' must be a whole number");
}
