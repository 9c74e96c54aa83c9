namespace HealthGpt.Model.Tests;

/// <summary>A folder that is deleted with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("healthgpt-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
