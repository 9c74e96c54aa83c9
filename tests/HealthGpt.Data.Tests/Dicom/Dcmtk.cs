using System.ComponentModel;
using System.Diagnostics;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Runs the tools of dcmtk, which writes DICOM independently of this project; tests skip where it is not installed.</summary>
internal static class Dcmtk
{
    private static readonly bool Installed = TryRun("dcmconv", ["--version"]) == "";

    public static void SkipUnlessInstalled() => Assert.SkipUnless(Installed, "Debian's dcmtk is not installed, so there is nothing that writes the files to compare with");

    /// <summary>Runs a tool, its last two arguments the file to read and the one to make.</summary>
    /// <returns>The path of the file that was made.</returns>
    public static string Run(string tool, params string[] arguments)
    {
        var trouble = TryRun(tool, arguments);
        Assert.True(trouble == "", $"{tool} {string.Join(' ', arguments)}: {trouble}");
        return arguments[^1];
    }

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
