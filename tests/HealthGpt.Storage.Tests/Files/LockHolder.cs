using System.Diagnostics;
using System.Runtime.CompilerServices;
using HealthGpt.Storage.Files;

namespace HealthGpt.Storage.Tests.Files;

/// <summary>A real other process that holds a lock: this test program, started again with a variable that makes it lock and wait.</summary>
internal static class LockHolder
{
    private const string Variable = "HEALTHGPT_TEST_HOLD_LOCK";

    public const string Ready = "held";

    public static Process Start(string lockPath)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(LockHolder).Assembly.Location);
        start.Environment[Variable] = lockPath;
        return Process.Start(start)!;
    }

    // Runs before the test runner's own entry point; ends when the parent does, because its standard input closes then.
    [ModuleInitializer]
    internal static void HoldIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
            return;
        using (FolderLock.AcquireAsync(path, TimeSpan.FromSeconds(30), CancellationToken.None).GetAwaiter().GetResult())
        {
            Console.WriteLine(Ready);
            Console.In.ReadToEnd();
        }

        Environment.Exit(0);
    }
}
