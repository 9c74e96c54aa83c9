namespace HealthGpt.Cli.Tests;

/// <summary>Runs the command in this process and keeps what it said.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    public static async Task<CommandLine> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await HealthGptCommand.RunAsync(arguments, output, error, cancellationToken);
        return new CommandLine(code, output.ToString(), error.ToString());
    }

    public static Task<CommandLine> RunAsync(params string[] arguments) => RunAsync(TestContext.Current.CancellationToken, arguments);
}
