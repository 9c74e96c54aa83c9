namespace HealthGpt.EndToEnd.Tests.Processes;

/// <summary>A folder that goes with the test; its unique name finds the processes that work in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("healthgpt-e2e-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
