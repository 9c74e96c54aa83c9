using System.CommandLine;
using HealthGpt.Inference;

namespace HealthGpt.Cli.Commands;

/// <summary>Where and in what a verb computes that loads a model in its own process.</summary>
internal static class ComputeOptions
{
    public static readonly Option<ComputeDevice> Device = Choice.Option("--device", "Where it computes (cpu)", ("cpu", ComputeDevice.Cpu), ("cuda", ComputeDevice.Cuda));

    public static readonly Option<Precision?> Type =
        Choice.Option<Precision?>("--dtype", "What it computes in (bfloat16 for a base that is stored in it, else float32)", ("bfloat16", Precision.BFloat16), ("float32", Precision.Float32));

    /// <summary>The longest text answer.</summary>
    /// <param name="usual">How many tokens it has when nothing is said.</param>
    public static Option<int?> MaxTokens(string usual) => new("--max-tokens")
    {
        Description = $"Longest text answer in tokens ({usual}).",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 1, 1 << 20),
    };
}
