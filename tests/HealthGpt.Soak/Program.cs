using HealthGpt.Soak;
using HealthGpt.Soak.Checkpoints;
using HealthGpt.Soak.Weights;
using HealthGpt.Training.Tests.Checkpoints;

// The process of a job that is to be killed is this program too.
if (TrainingChild.TrainIfAsked()) return 0;

SoakOptions options;
try
{
    options = SoakOptions.Parse(args);
}
catch (ArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(SoakOptions.Usage);
    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // The temporary folder goes on the way out.
    pressed.Cancel = true;
    interrupted.Cancel();
};

return options.Subject == SoakOptions.Checkpoints ? await CheckpointRun.RunAsync(options, interrupted.Token) : WeightRun.Run(options, interrupted.Token);
