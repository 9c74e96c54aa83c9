using System.CommandLine;

namespace HealthGpt.Cli.Commands;

/// <summary>The dataset that a verb looks at.</summary>
internal static class DatasetArgument
{
    public static Argument<string> Create() => new("dataset")
    {
        Description = "A dataset file (YAML), or a file of samples (.json, .jsonl), whose folder then holds the pictures.",
        HelpName = "DATASET",
    };
}
