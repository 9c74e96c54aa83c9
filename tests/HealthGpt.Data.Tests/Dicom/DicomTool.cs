using System.ComponentModel;
using System.Diagnostics;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Runs programs that read and write DICOM independently of this project; tests skip where they are not installed.</summary>
internal static class DicomTool
{
    public static void SkipUnlessInstalled(string tool, string package) =>
        Assert.SkipWhen(TryRun(tool, ["--version"]) is null, $"Debian's {package} is not installed, so there is nothing to compare with");

    /// <summary>Runs a tool of dcmtk, its last two arguments the file to read and the one to make.</summary>
    /// <returns>The path of the file that was made.</returns>
    public static string Run(string tool, params string[] arguments)
    {
        var trouble = TryRun(tool, arguments);
        Assert.True(trouble == "", $"{tool} {string.Join(' ', arguments)}: {trouble}");
        return arguments[^1];
    }

    /// <summary>What a failing tool says, nothing if it does not fail; null if there is no such tool.</summary>
    private static string? TryRun(string tool, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var trouble = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : trouble + output.Result;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
