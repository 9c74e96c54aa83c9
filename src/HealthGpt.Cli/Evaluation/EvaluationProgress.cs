using HealthGpt.Cli.Terminal;
using Spectre.Console;

namespace HealthGpt.Cli.Evaluation;

/// <summary>Shows how far each part of an evaluation is: a bar on a terminal, else a few lines.</summary>
internal sealed class EvaluationProgress(CommandOutput output)
{
    private const int LinesOfPart = 5;

    /// <summary>Shows a part while it runs.</summary>
    /// <param name="part">What it does.</param>
    /// <param name="total">How many samples it goes through.</param>
    /// <param name="work">The part; it says after each sample that it is done, from any thread.</param>
    public Task ShowAsync(string part, int total, Func<Action, Task> work) => output.Interactive ? BarAsync(part, total, work) : LinesAsync(part, total, work);

    private static Task BarAsync(string part, int total, Func<Action, Task> work) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(async context =>
        {
            var bar = context.AddTask(Markup.Escape(part), maxValue: total);
            await work(() => bar.Increment(1));
            bar.Value = total;
        });

    private async Task LinesAsync(string part, int total, Func<Action, Task> work)
    {
        var (done, gate, every) = (0, new Lock(), Math.Max(1, total / LinesOfPart));
        output.Line($"{part}: {total} samples");
        await work(() =>
        {
            lock (gate)
            {
                if (++done % every == 0 && done < total)
                    output.Line($"  {done} of {total}");
            }
        });
    }
}
