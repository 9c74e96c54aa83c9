using System.Reflection;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>What it was measured with.</summary>
internal sealed record SoftwareVersions(string HealthGpt, string DotNet, string Libtorch)
{
    public static SoftwareVersions Here => new(
        typeof(SoftwareVersions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown", Environment.Version.ToString(), __version__);
}
