using HealthGpt.Cli.Demo;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class EvalCommandErrorsTests(NanoPlugins nano) : IClassFixture<NanoPlugins>, IDisposable
{
    private static readonly string Colin27 = DemoAssets.DatasetFile([AppContext.BaseDirectory]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--task is 'vga'; the dataset has no such task; did you mean 'vqa'?", "--task", "vga")]
    [InlineData("--task is 'skull-stripping'; the model has no plugin for it; name one of its tasks (report, super-resolution, vqa)", "--task", "skull-stripping")]
    [InlineData("--plugin is 'NOWHERE'; there is no such folder, and the model has no plugin of that name (report, super-resolution, vqa)", "--task", "vqa", "--plugin", "NOWHERE")]
    [InlineData("--plugin is 'vqa'; the plugin answers in words, but the dataset's task 'reconstruction' is answered by an image", "--task", "reconstruction", "--plugin", "vqa")]
    [InlineData("--plugin is given 3 times; two plugins are compared at most", "--task", "vqa", "--plugin", "vqa", "--plugin", "vqa", "--plugin", "report")]
    [InlineData("--split is 'test'; the dataset has no such samples of the task 'vqa'", "--task", "vqa", "--split", "test")]
    [InlineData("--split is not given; the dataset has neither test nor validation samples of the task 'bare'", "--data", "BARE", "--task", "bare")]
    [InlineData("--split is 'held-out'; it must be one of validation, test, train", "--task", "vqa", "--split", "held-out")]
    [InlineData("--limit is '0'; it must be a whole number from 1", "--task", "vqa", "--limit", "0")]
    [InlineData("--seed is '-1'; it must be a whole number from 0", "--task", "vqa", "--seed", "-1")]
    [InlineData("--concurrency is '257'; it must be a whole number from 1 to 256", "--task", "vqa", "--concurrency", "257")]
    [InlineData("--max-tokens is '9'; the task 'super-resolution' is answered by an image, which is always whole", "--task", "super-resolution", "--max-tokens", "9")]
    [InlineData("--device is 'cuda'; There is no device 'cuda' that this build can use", "--task", "vqa", "--device", "cuda")]
    [InlineData("--model is 'NOWHERE'; there is no such folder; name a model folder: 'healthgpt demo' makes", "--task", "vqa", "--model", "NOWHERE")]
    [InlineData("--out is 'TAKEN'; the folder is there already and is not empty", "--task", "vqa", "--out", "TAKEN")]
    [InlineData("--out is 'BARE'; it is a file", "--task", "vqa", "--out", "BARE")]
    [InlineData("--out is 'NOWHERE/out'; the folder above it is not there", "--task", "vqa", "--out", "NOWHERE/out")]
    public async Task WrongArguments_AreRefusedBeforeAnythingIsLoaded(string said, params string[] arguments)
    {
        Assert.SkipWhen(arguments.Contains("cuda") && TorchSharp.torch.cuda.is_available(), "there is a CUDA device here");
        Directory.CreateDirectory(_folder["taken"]);
        await File.WriteAllTextAsync(Path.Combine(_folder["taken"], "note"), "mine", TestContext.Current.CancellationToken);
        var bare = _folder.Write("bare.jsonl", """{"conversations":[{"from":"human","value":"What?"},{"from":"gpt","value":"That."}]}""");
        string Real(string text) => text.Replace("NOWHERE", _folder["nowhere"], StringComparison.Ordinal)
            .Replace("TAKEN", _folder["taken"], StringComparison.Ordinal).Replace("BARE", bare, StringComparison.Ordinal);
        string[] given = [.. arguments.Select(Real)];
        var others = new Dictionary<string, string> { ["--model"] = nano.Folder, ["--data"] = Colin27, ["--out"] = _folder["out"] }.Where(option => !given.Contains(option.Key));

        var run = await CommandLine.RunAsync(["eval", .. others.SelectMany(option => (string[])[option.Key, option.Value]), .. given]);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains(Real(said), run.Error, StringComparison.Ordinal);
        Assert.Contains("usage: healthgpt eval --model DIR", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.Equal([bare, _folder["taken"]], Directory.GetFileSystemEntries(_folder.Path).Order());
    }

    [Fact]
    public async Task WrongFiles_ExitWith78_AndLeaveNothing()
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["model"]);
        _folder.Write("short.png", "no picture");
        var bad = _folder.Write("bad.jsonl", """
            {"conversations":[{"from":"human","value":"What?"},{"from":"gpt","value":""}],"split":"test"}
            no
            {"image":"short.png","conversations":[{"from":"human","value":"<image>What?"},{"from":"gpt","value":"that"}],"split":"test"}
            """);
        var entries = Directory.GetFileSystemEntries(_folder.Path).Order().ToList();

        var otherBase = await CommandLine.RunAsync("eval", "--model", _folder["model"], "--plugin", nano.OtherPlugin, "--data", Colin27, "--task", "vqa", "--out", _folder["out"]);
        var badSamples = await CommandLine.RunAsync("eval", "--model", nano.Folder, "--plugin", "vqa", "--data", bad, "--task", "bad", "--out", _folder["out"]);
        var noDataset = await CommandLine.RunAsync("eval", "--model", nano.Folder, "--data", _folder["nowhere.yaml"], "--task", "vqa", "--out", _folder["out"]);

        var badSamplesAndPlugin = await CommandLine.RunAsync("eval", "--model", nano.Folder, "--plugin", "vqq", "--data", bad, "--task", "bad", "--out", _folder["out"]);

        Assert.Equal(ExitCodes.WrongArguments, badSamplesAndPlugin.ExitCode);
        Assert.Contains("--plugin is 'vqq'", badSamplesAndPlugin.Error, StringComparison.Ordinal);
        Assert.Contains("has 3 problems", badSamples.Error, StringComparison.Ordinal);
        Assert.Matches($"{bad}:3: .*neither a PNG nor a JPEG", badSamples.Error);
        Assert.Equal([ExitCodes.WrongFile, ExitCodes.WrongFile, ExitCodes.WrongFile], [otherBase.ExitCode, badSamples.ExitCode, noDataset.ExitCode]);
        Assert.Contains("was trained on a base with SHA-256", otherBase.Error, StringComparison.Ordinal);
        Assert.Contains($"{bad}:1: the answer is empty", badSamples.Error, StringComparison.Ordinal);
        Assert.Contains($"{bad}:2: the line is not JSON", badSamples.Error, StringComparison.Ordinal);
        Assert.Contains("nowhere.yaml", noDataset.Error, StringComparison.Ordinal);
        Assert.Equal(entries, Directory.GetFileSystemEntries(_folder.Path).Order());
    }
}
