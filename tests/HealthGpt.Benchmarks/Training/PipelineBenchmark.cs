using System.Globalization;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Reporting;
using HealthGpt.Benchmarks.Subjects;
using TorchSharp;

namespace HealthGpt.Benchmarks.Training;

/// <summary>The share of a step's time that the device thread spends on data, with threads that prepare ahead and without.</summary>
internal sealed class PipelineBenchmark : IBenchmark
{
    private const int Steps = 6;
    private const int Threads = 2;

    public string Name => "pipeline";

    public void Run(Meter meter)
    {
        torch.set_num_threads(Threads);
        try
        {
            Compare(meter);
        }
        finally
        {
            torch.set_num_threads(Machine.Threads);
        }
    }

    private void Compare(Meter meter)
    {
        using var folder = new TemporaryFolder();
        using var run = new DataRun(LargePictures.Write(folder.FullName, Steps * DataRun.Batch), Steps);
        var work = new Work(Steps, "steps");
        var what = $"{Steps} steps of {DataRun.Batch} samples with a picture of {LargePictures.Side} x {LargePictures.Side} each, bfloat16, 2 threads";
        meter.Compare(Name, what + ", every picture for the first time", Cold(run, 0), Cold(run, Threads), work);
        run.Run(Threads);
        meter.Compare(Name, what + ", features in memory", Warm(run, 0), Warm(run, Threads), work);
    }

    private static Side Cold(DataRun run, int threads) => Measured(threads, () =>
    {
        run.Forget();
        return run.Run(threads);
    });

    private static Side Warm(DataRun run, int threads) => Measured(threads, () => run.Run(threads));

    private static Side Measured(int threads, Func<(TimeSpan All, TimeSpan Data)> run)
    {
        var shares = new List<double>();
        return Side.Reporting(threads == 0 ? "nothing is prepared ahead" : $"{threads} threads prepare ahead", () =>
        {
            var (all, data) = run();
            shares.Add(data / all);
            return all;
        }) with
        {
            Note = () =>
            {
                var share = Spread.Of(shares);
                return string.Create(CultureInfo.InvariantCulture, $"{share.Median:P2} ({share.Lower:P2} to {share.Upper:P2}) of it waiting for data");
            },
        };
    }
}
