using System.Globalization;
using HealthGpt.Benchmarks;
using HealthGpt.Benchmarks.Collectives;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Reporting;
using HealthGpt.Benchmarks.Training;
using HealthGpt.Collectives;
using TorchSharp;

if (args is [RankProgram.Command, var rank, var transport, var encryption])
{
    await RankProgram.RunAsync(int.Parse(rank, CultureInfo.InvariantCulture), Enum.Parse<Transport>(transport), Enum.Parse<Encryption>(encryption));
    return 0;
}

if (args is [WorkerProgram.Command, var data])
{
    WorkerProgram.Run(data);
    return 0;
}

BenchmarkOptions options;
try
{
    options = BenchmarkOptions.Parse(args);
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // Temporary folders and sockets are given back on the way out.
    pressed.Cancel = true;
    interrupted.Cancel();
};

torch.set_num_threads(Machine.Threads);
var comparisons = new List<Comparison>();
var meter = new Meter(options.Budget, Add, interrupted.Token);
try
{
    foreach (var benchmark in options.Benchmarks)
    {
        Console.Error.WriteLine($"{benchmark.Name} ...");
        benchmark.Run(meter);
    }
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    return 130;
}

var report = MarkdownReport.Of(Machine.Describe(), comparisons);
Console.WriteLine(report);
if (options.OutputFile is { } file) File.WriteAllText(file, report);
return 0;

void Add(Comparison comparison)
{
    comparisons.Add(comparison);
    Console.Error.WriteLine(MarkdownReport.Row(comparison));
}
