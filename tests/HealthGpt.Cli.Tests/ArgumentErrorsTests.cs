namespace HealthGpt.Cli.Tests;

public sealed class ArgumentErrorsTests
{
    [Theory]
    [InlineData("dmeo", "did you mean 'demo'?", "usage: healthgpt demo|silo|")]
    [InlineData("train sumbit", "did you mean 'submit'?", "usage: healthgpt train run|submit|describe")]
    [InlineData("demo --wrokers 2", "did you mean '--workers'?", "usage: healthgpt demo [--out DIR] [--workers N]")]
    [InlineData("demo --workers 4", "--workers is '4'; it must be a whole number from 1 to 3", "usage: healthgpt demo ")]
    [InlineData("demo --workers two", "--workers is 'two'; it must be a whole number from 1 to 3", "usage: healthgpt demo ")]
    [InlineData("demo --kill nonsense", "--kill is 'nonsense'; it must be one of silo-1, silo-2, silo-3, trainer", "usage: healthgpt demo ")]
    [InlineData("demo --no-kill --kill trainer", "--no-kill and --kill contradict each other", "usage: healthgpt demo ")]
    [InlineData("demo --questions 0", "--questions is '0'; it must be a whole number from 1", "usage: healthgpt demo ")]
    [InlineData("serve --cluster x", "--model", "usage: healthgpt serve --model DIR --cluster FOLDER [--replicas N]")]
    [InlineData("demo extra", "has no place for 'extra'; it takes no argument", "usage: healthgpt demo ")]
    [InlineData("weights inspect a b", "has no place for 'b'; it takes ", "usage: healthgpt weights inspect ")]
    [InlineData("silo", "--config", "usage: healthgpt silo --config FILE")]
    [InlineData("train submit --cluster x", "'submit'", "usage: healthgpt train submit JOB.yaml --cluster FOLDER")]
    [InlineData("train", "needs a verb; one of run, submit, describe", "usage: healthgpt train run|submit|describe")]
    [InlineData("", "needs a verb", "usage: healthgpt demo|silo|")]
    public async Task WrongArguments_ExitWith2_NameTheArgumentAndShowTheUsageLine(string line, string said, string usage)
    {
        var run = await CommandLine.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Contains(usage, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("DATASET", "data", "check", "")]
    [InlineData("SOURCE", "data", "convert", "", "--out", "x")]
    [InlineData("--out", "data", "convert", "x", "--out", "")]
    [InlineData("--data", "eval", "--model", "x", "--data", "", "--task", "y", "--out", "z")]
    public async Task AnEmptyArgument_IsNamed(string name, params string[] line)
    {
        var run = await CommandLine.RunAsync(line);

        Assert.Equal((ExitCodes.WrongArguments, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"error: {name} is ''; it must not be empty", run.Error, StringComparison.Ordinal);
        Assert.Contains("usage: healthgpt ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ExitsWith0_AndListsEveryVerb()
    {
        var run = await CommandLine.RunAsync("--help");

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        foreach (var verb in new[] { "demo", "silo", "train", "serve", "ask", "data" })
            Assert.Contains(verb, run.Output, StringComparison.Ordinal);
    }
}
