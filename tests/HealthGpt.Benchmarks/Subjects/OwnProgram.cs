using System.Diagnostics;

namespace HealthGpt.Benchmarks.Subjects;

/// <summary>This program as a process of its own, which is talked to over its standard input and output.</summary>
internal static class OwnProgram
{
    /// <summary>What starts it.</summary>
    public static ProcessStartInfo With(params IEnumerable<string> arguments) =>
        new(Environment.ProcessPath!, [.. Assembly(), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };

    // Started by the dotnet command, this program is the command's first argument.
    private static string[] Assembly() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(OwnProgram).Assembly.Location] : [];
}
