using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Reporting;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Training;

/// <summary>A training step against the same step written plainly with TorchSharp, and against the machine's matmul rate.</summary>
/// <param name="wide">Whether it is one on a model of <see cref="WideModel"/>'s sizes, else one on healthgpt-nano.</param>
/// <param name="precision">As job files name it.</param>
internal sealed class PlainStepBenchmark(bool wide, string precision) : IBenchmark
{
    private const int Threads = 2;
    private const long CacheBytes = 1L << 30;

    // Shares of the value: sums of float32 in another order, and roundings to bfloat16 in other places. A norm is a float32 sum over millions of squares.
    private static readonly (double Loss, double Norm) SingleTolerance = (1e-5, 1e-3);
    private static readonly (double Loss, double Norm) HalfTolerance = (0.005, 0.02);

    public string Name => $"{(wide ? "step-wide" : "step")}-{precision}";

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        var setting = wide ? Wide(folder, meter.CancellationToken) : Nano(folder);
        set_num_threads(Threads);
        try
        {
            Compare(meter, setting, folder["cache"]);
        }
        finally
        {
            set_num_threads(Machine.Threads);
        }
    }

    private static StepSetting Nano(TemporaryFolder folder) =>
        new() { Data = EqualQuestions.Write(folder["data"], PromptTemplate.Phi3, textTokens: 128), Batch = 4, Shards = 1, MicroBatch = 4 };

    private static StepSetting Wide(TemporaryFolder folder, CancellationToken cancellationToken) => new()
    {
        Model = WideModel.Write(folder["model"], cancellationToken),
        Preset = "m3",
        Data = EqualQuestions.Write(folder["data"], PromptTemplate.Phi3, textTokens: 64),
        Batch = 1,
        Shards = 1,
        MicroBatch = 1,
    };

    private void Compare(Meter meter, StepSetting setting, string cache)
    {
        using var step = new VqaStep(cache, CacheBytes, precision, setting);
        var length = step.Batch[0].Length;
        var what = $"a step on {(wide ? "a model 1024 wide" : "healthgpt-nano")}, batch {setting.Batch}, {length} tokens a sample, {precision}, {Threads} threads";
        var work = new Work(step.Tokens, "tokens");
        using var plain = new PlainStep(step, economical: false);
        using var economical = new PlainStep(step, economical: true);
        RequireSame(step, plain, economical, precision == VqaStep.Single ? SingleTolerance : HalfTolerance);
        var ours = Side.Of("the engine's", () => step.Run());
        meter.Compare(Name, what, Side.Of("plain: tower in every step, head everywhere", () => plain.Run()), ours, work);
        meter.Compare(Name, what, Side.Of("plain, features kept, head at answers", () => economical.Run()), ours, work);
        CompareMatmul(meter, what, step, ours);
    }

    /// <summary>What is counted of a step: 4 operations for each token and frozen weight of the blocks, two in the forward pass and two in the backward pass.</summary>
    private void CompareMatmul(Meter meter, string what, VqaStep step, Side ours)
    {
        using var scope = NewDisposeScope();
        var config = step.Model.Decoder.Config;
        var counted = 4.0 * step.Tokens * config.Layers * config.Linears.Sum(linear => (double)linear.In * linear.Out);
        const int Rows = 1536, Inner = 256, Columns = 1024, Products = 20;
        var one = 2.0 * Rows * Inner * Columns;
        Tensor left = randn(Rows, Inner).to(step.Model.Type), right = randn(Inner, Columns).to(step.Model.Type), product = empty(Rows, Columns, step.Model.Type);
        // The step's operations at the rate of some products.
        var matmul = new Side($"its {counted / 1e9:F1} GFLOP as matmuls {Rows}x{Inner} by {Inner}x{Columns}", times =>
        {
            var some = Side.Of("", () => left.matmul(right).Dispose()).Time(times * Products);
            return some * (counted / (one * Products));
        });
        meter.Compare(Name, what, matmul, ours, new Work(counted / 1e9, "GFLOP"));
    }

    private static void RequireSame(VqaStep step, PlainStep plain, PlainStep economical, (double Loss, double Norm) tolerance)
    {
        var ours = step.Run();
        foreach (var (loss, norm) in new[] { plain.Run(), economical.Run() })
        {
            if (Differs(loss, ours.Loss, tolerance.Loss) || Differs(norm, ours.GradientNorm, tolerance.Norm))
                throw new InvalidOperationException($"loss and gradient norm are {loss} and {norm} beside {ours.Loss} and {ours.GradientNorm}, so their times say nothing");
        }
    }

    private static bool Differs(double one, double other, double tolerance) => !(Math.Abs(one - other) <= tolerance * Math.Abs(other));
}
