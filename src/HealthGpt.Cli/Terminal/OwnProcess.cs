using System.Diagnostics;

namespace HealthGpt.Cli.Terminal;

/// <summary>Starts this program once more, however it was started itself: by its own executable, by dotnet with its library, or hosted by a test.</summary>
internal static class OwnProcess
{
    public static ProcessStartInfo With(params string[] arguments)
    {
        var library = typeof(OwnProcess).Assembly.Location;
        var host = Environment.ProcessPath ?? "dotnet";
        var isOwnExecutable = Path.GetFileNameWithoutExtension(host) == Path.GetFileNameWithoutExtension(library);
        var start = new ProcessStartInfo(isOwnExecutable ? host : DotnetHost(host))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (!isOwnExecutable)
            start.ArgumentList.Add(library);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    private static string DotnetHost(string host) => Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
