using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests.Demos;

/// <summary>The demo on a job of a few steps.</summary>
internal static class SmallDemo
{
    /// <summary>For a whole run, on a busy machine.</summary>
    public static readonly TimeSpan RunBound = TimeSpan.FromMinutes(6);

    /// <summary>For an orderly end, on a busy machine.</summary>
    public static readonly TimeSpan StopBound = TimeSpan.FromSeconds(25);

    private static readonly string Job = Path.Combine(AppContext.BaseDirectory, "Jobs", "small.yaml");

    public static HealthGptProcess Start(string folder, params string[] options) =>
        HealthGptProcess.Start(["demo", "--out", folder, "--job", Job, "--questions", "8", "--seed", "1", .. options]);
}
