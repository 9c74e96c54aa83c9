using System.Text.Json;
using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests.Demos;

/// <summary>One run of the demo from start to end that nothing disturbed, for all tests that look at what it leaves.</summary>
public sealed class FinishedDemo : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal string this[string name] => Path.Combine(_folder["demo"], name);

    internal string ModelFolder => this["run/checkpoints/model"];

    internal string Said { get; private set; } = "";

    internal IReadOnlyList<string> Output { get; private set; } = [];

    /// <summary>The processes that were left when it had ended.</summary>
    internal IReadOnlyList<string> Left { get; private set; } = [];

    internal JsonElement Answers { get; private set; }

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        using var demo = SmallDemo.Start(_folder["demo"], "--no-kill", "--json");
        var code = await demo.EndAsync(SmallDemo.RunBound, TestContext.Current.CancellationToken);
        Left = ProcessList.Naming(_folder.Path);
        Said = demo.Said;
        Output = demo.Output;
        Assert.True(code == 0, demo.Said);
        Answers = JsonDocument.Parse(await File.ReadAllTextAsync(this["answers.json"])).RootElement.Clone();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
