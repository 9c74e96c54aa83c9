using HealthGpt.Cli.Demo;

namespace HealthGpt.Cli.Tests.Demo;

public sealed class DemoAssetsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_LooksUpwardFromEachStart()
    {
        Make("a/models/healthgpt-nano", "healthgpt.json");
        Make("b/samples/colin27", "dataset.yaml");
        Directory.CreateDirectory(_folder["b/deep/er"]);

        string[] starts = [_folder["a"], _folder["b/deep/er"]];

        Assert.Equal(_folder["a/models/healthgpt-nano"], DemoAssets.ModelFolder(starts));
        Assert.Equal(_folder["b/samples/colin27/dataset.yaml"], DemoAssets.DatasetFile(starts));
    }

    [Fact]
    public void Find_WithoutSamples_NamesThemAndTheRemedy()
    {
        Make("a/models/healthgpt-nano", "healthgpt.json");

        var missing = Assert.Throws<CommandException>(() => DemoAssets.DatasetFile([_folder["a"]]));

        Assert.Equal(ExitCodes.Failed, missing.ExitCode);
        Assert.Contains("'samples/colin27/dataset.yaml' is missing", missing.Message, StringComparison.Ordinal);
        Assert.Contains("healthgpt data make-sample", missing.Message, StringComparison.Ordinal);
    }

    private void Make(string folder, string file)
    {
        Directory.CreateDirectory(_folder[folder]);
        _folder.Write(Path.Combine(folder, file), "");
    }
}
