using System.Diagnostics;
using System.Text.Json;
using HealthGpt.Data.Images;
using HealthGpt.Inference;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class InferCommandTests : IClassFixture<NanoPlugins>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NanoPlugins _nano;
    private readonly string _image;

    public InferCommandTests(NanoPlugins nano)
    {
        _nano = nano;
        _image = _folder["slice.png"];
        var pixels = new byte[60 * 40 * 3];
        new Random(4).NextBytes(pixels);
        new RgbImage(60, 40, pixels).SavePng(_image);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("float32", Precision.Float32)]
    [InlineData("bfloat16", Precision.BFloat16)]
    public async Task AQuestion_IsAnsweredAsTheEngineAnswersIt(string type, Precision precision)
    {
        var run = await InferAsync("--task", "vqa", "--image", _image, "--question", "Which plane?", "--max-tokens", "24", "--dtype", type);
        var json = await InferAsync("--task", "vqa", "--plugin", "vqa", "--image", _image, "--question", "Which plane?", "--max-tokens", "24", "--dtype", type, "--json");

        var expected = await AskEngineAsync(precision);
        Assert.Equal((ExitCodes.Done, expected + Environment.NewLine, ""), (run.ExitCode, run.Output, run.Error));
        using var document = JsonDocument.Parse(json.Output);
        Assert.Equal(expected, document.RootElement.GetProperty("text").GetString());
        Assert.True(document.RootElement.GetProperty("tokens").GetInt32() is > 0 and <= 24);
        Assert.True(document.RootElement.GetProperty("loadSeconds").GetDouble() > 0);
    }

    [Fact]
    public async Task APluginFolder_AnswersOnAModelThatHasNone_AndATaskThatDrawsWritesItsImage()
    {
        var run = await CommandLine.RunAsync(
            "infer", "--model", _nano.Nano, "--task", "super-resolution", "--plugin", Path.Combine(_nano.Folder, "plugins", "super-resolution"), "--image", _image, "--out", _folder["x.png"]);

        Assert.Equal((ExitCodes.Done, $"image written to {_folder["x.png"]}{Environment.NewLine}", ""), (run.ExitCode, run.Output, run.Error));
        Assert.Equal((128, 128), (RgbImage.Load(_folder["x.png"]).Width, RgbImage.Load(_folder["x.png"]).Height));
    }

    [Fact]
    public async Task APluginThatNamesFusionWeights_IsRefusedByAModelThatHasNone()
    {
        Directory.CreateDirectory(_folder["plugin"]);
        (PluginCard.Load(_nano.OtherPlugin) with { Vocabulary = VocabularySource.Fusion }).Save(_folder["plugin"]);

        var run = await CommandLine.RunAsync("infer", "--model", _nano.Nano, "--task", "vqa", "--plugin", _folder["plugin"], "--question", "Which plane?");

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains($"{Path.Combine(_folder["plugin"], PluginCard.FileName)}: has vocabulary = \"fusion\", but the model has no fusion weights", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APluginOfAnotherBase_IsRefusedWithBothHashes()
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["other"]);

        var run = await CommandLine.RunAsync("infer", "--model", _folder["other"], "--task", "vqa", "--plugin", Path.Combine(_nano.Folder, "plugins", "vqa"), "--question", "Which plane?");

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains($"was trained on a base with SHA-256 {ModelManifest.Load(_nano.Folder).Base.Sha256[..8]}", run.Error, StringComparison.Ordinal);
        Assert.Contains($"but this model's base has {ModelManifest.Load(_folder["other"]).Base.Sha256[..8]}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangedModelFolder_ExitsWith78()
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["other"]);
        await File.AppendAllTextAsync(Path.Combine(_folder["other"], "base", "config.json"), " ", TestContext.Current.CancellationToken);

        var run = await CommandLine.RunAsync("infer", "--model", _folder["other"], "--task", "vqa", "--question", "Which plane?");

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("is the model's part 'base', whose SHA-256 must be", run.Error, StringComparison.Ordinal);
        Assert.Contains($"Copy it again from where it came; the model folder must be whole: 'healthgpt weights verify {_folder["other"]}' lists", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vision_tower/preprocessor_config.json")]
    [InlineData("base/model.safetensors")]
    [InlineData("plugins/vqa/plugin.json")]
    [InlineData("plugins/vqa/plugin.safetensors")]
    public async Task AMissingFile_IsNamedWithTheCommandThatListsAllFaults(string file)
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["other"]);
        File.Delete(Path.Combine(_folder["other"], file));

        var run = await CommandLine.RunAsync("infer", "--model", _folder["other"], "--task", "vqa", "--image", _image, "--question", "Which plane?");

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains(Path.GetDirectoryName(file)!, run.Error, StringComparison.Ordinal);
        Assert.Contains($"'healthgpt weights verify {_folder["other"]}' lists everything that is wrong with it", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APluginWithNaN_GivesNoAnswer_AndTheErrorNamesTheCheck()
    {
        Directory.CreateDirectory(_folder["plugin"]);
        File.Copy(Path.Combine(_nano.OtherPlugin, PluginCard.FileName), _folder["plugin/plugin.json"]);
        var bytes = await File.ReadAllBytesAsync(Path.Combine(_nano.OtherPlugin, Plugin.WeightsFile), TestContext.Current.CancellationToken);
        // The last four bytes are one float32.
        BitConverter.TryWriteBytes(bytes.AsSpan(^4), float.NaN);
        await File.WriteAllBytesAsync(_folder["plugin/plugin.safetensors"], bytes, TestContext.Current.CancellationToken);

        var run = await InferAsync("--task", "vqa", "--plugin", _folder["plugin"], "--image", _image, "--question", "Which plane?");
        var check = await CommandLine.RunAsync("weights", "verify", _folder["plugin"]);

        Assert.Equal((ExitCodes.WrongFile, ""), (run.ExitCode, run.Output));
        Assert.Contains("error: The model 'untrained' has no answer for the task 'vqa': its logits are not finite numbers", run.Error, StringComparison.Ordinal);
        Assert.Contains($"'healthgpt weights verify {_nano.Folder}' or 'healthgpt weights verify {_folder["plugin"]}'", run.Error, StringComparison.Ordinal);
        Assert.Contains("expected finite numbers; found 1 NaN", check.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the folder has no healthgpt.json")]
    [InlineData("nowhere", "there is no such folder")]
    public async Task AFolderThatIsNoModelFolder_IsRefusedWithTheCommandsThatMakeOne(string folder, string why)
    {
        var run = await CommandLine.RunAsync("infer", "--model", _folder[folder], "--task", "vqa", "--question", "Which plane?");

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.StartsWith($"error: --model is '{Path.GetFullPath(_folder[folder])}'; {why}; name a model folder: ", run.Error, StringComparison.Ordinal);
        foreach (var command in (string[])["healthgpt demo", "healthgpt weights import", "healthgpt weights synth"])
            Assert.Contains($"'{command}'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFoundation_SaysThatItHasNoPluginsAndWhatMakesThem()
    {
        var run = await CommandLine.RunAsync("infer", "--model", _nano.Nano, "--task", "vqa", "--question", "Which plane?");

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains("is a foundation without plugins, which answers no task by itself", run.Error, StringComparison.Ordinal);
        Assert.Contains("'healthgpt demo' makes one, and so does a training job", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--task is 'segmentation'; the model has no plugin for it; name one of its tasks (report, super-resolution, vqa)", "--task", "segmentation", "--question", "Where?")]
    [InlineData("--task is 'report'; the plugin", "--task", "report", "--plugin", "PLUGIN")]
    [InlineData("--plugin is ''; it must not be empty", "--task", "vqa", "--plugin", " ", "--question", "Where?")]
    [InlineData("--plugin is 'NOWHERE'; there is no such folder", "--task", "vqa", "--plugin", "NOWHERE", "--question", "Where?")]
    [InlineData("--question is refused; The question is empty", "--task", "vqa", "--image", "IMAGE")]
    [InlineData("--image is refused; There is no image", "--task", "report")]
    [InlineData("--image is refused; The question places 2 images", "--task", "vqa", "--image", "IMAGE", "--question", "<image> or <image>?")]
    [InlineData("--image is 'nowhere.png'; there is no such file", "--task", "vqa", "--image", "nowhere.png", "--question", "Where?")]
    [InlineData("--out is missing; the task 'super-resolution' draws an image", "--task", "super-resolution", "--image", "IMAGE")]
    [InlineData("--out is 'NOWHERE/x.png'; it cannot be written", "--task", "super-resolution", "--image", "IMAGE", "--out", "NOWHERE/x.png")]
    [InlineData("--max-tokens is '5'; the task 'super-resolution' is answered by an image, which is always whole", "--task", "super-resolution", "--image", "IMAGE", "--out", "NOWHERE/x.png", "--max-tokens", "5")]
    [InlineData("--out is 'FOLDER'; it is a folder", "--task", "super-resolution", "--image", "IMAGE", "--out", "FOLDER")]
    [InlineData("the task 'vqa' answers in words", "--task", "vqa", "--question", "Where?", "--out", "x.png")]
    [InlineData("--device is 'cuda'; There is no device 'cuda' that this build can use", "--task", "vqa", "--question", "Where?", "--device", "cuda")]
    [InlineData("--device is 'tpu'; it must be one of cpu, cuda", "--task", "vqa", "--question", "Where?", "--device", "tpu")]
    public async Task AWrongRequest_IsRefusedBeforeAnythingIsLoaded(string said, params string[] arguments)
    {
        Assert.SkipWhen(arguments.Contains("cuda") && TorchSharp.torch.cuda.is_available(), "there is a CUDA device here");
        string Real(string text) => text.Replace("NOWHERE", _folder["nowhere"], StringComparison.Ordinal).Replace("PLUGIN", Path.Combine(_nano.Folder, "plugins", "vqa"), StringComparison.Ordinal)
            .Replace("IMAGE", _image, StringComparison.Ordinal).Replace("FOLDER", _folder.Path, StringComparison.Ordinal);

        var run = await InferAsync([.. arguments.Select(Real)]);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains(Real(said), run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.False(Directory.Exists(_folder["nowhere"]));
    }

    [Theory]
    [InlineData("slice.png", "that is the image '")]
    [InlineData("link/slice.png", "that is the image '")]
    [InlineData("link.png", "that is the image '")]
    [InlineData("model/x.png", "which the model is read from")]
    [InlineData("nano/base/x.png", "which the model is read from")]
    [InlineData("plugin/x.png", "which the model is read from")]
    public async Task AnAnswer_IsNotWrittenOverWhatIsRead(string name, string why)
    {
        Directory.CreateSymbolicLink(_folder["link"], _folder.Path);
        File.CreateSymbolicLink(_folder["link.png"], _image);
        Directory.CreateSymbolicLink(_folder["model"], _nano.Folder);
        Directory.CreateSymbolicLink(_folder["nano"], _nano.Nano);
        var plugin = Path.Combine(_nano.Folder, "plugins", "super-resolution");
        Directory.CreateSymbolicLink(_folder["plugin"], plugin);
        var before = await File.ReadAllBytesAsync(_image, TestContext.Current.CancellationToken);

        var run = await InferAsync("--task", "super-resolution", "--image", _image, "--out", _folder[name]);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.StartsWith($"error: --out is '{_folder[name]}'; ", run.Error, StringComparison.Ordinal);
        Assert.Contains(why, run.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_image, TestContext.Current.CancellationToken));
        Assert.Equal(name.Contains("x.png", StringComparison.Ordinal), !File.Exists(_folder[name]));
    }

    // A file in its place, whole: what an earlier answer left, a link, a pipe that nobody reads.
    [Fact]
    public async Task AnAnswer_TakesThePlaceOfWhatWasThere_AndALinkStaysOne()
    {
        _folder.Write("old.png", new string('x', 1 << 20));
        File.CreateSymbolicLink(_folder["link-to-old.png"], _folder["old.png"]);
        using (var made = Process.Start("mkfifo", [_folder["pipe.png"]]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        foreach (var name in (string[])["link-to-old.png", "pipe.png"])
        {
            var run = await InferAsync("--task", "super-resolution", "--image", _image, "--out", _folder[name]);
            Assert.True(run.ExitCode == ExitCodes.Done, run.Error);
            Assert.Equal(128, RgbImage.Decode(await File.ReadAllBytesAsync(_folder[name], TestContext.Current.CancellationToken), name).Width);
        }

        Assert.NotNull(new FileInfo(_folder["link-to-old.png"]).LinkTarget);
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), file => Path.GetFileName(file).StartsWith('.'));
    }

    private Task<CommandLine> InferAsync(params string[] arguments) => CommandLine.RunAsync(["infer", "--model", _nano.Folder, .. arguments]);

    private async Task<string> AskEngineAsync(Precision precision)
    {
        var stop = TestContext.Current.CancellationToken;
        await using var engine = await InferenceEngine.LoadAsync(_nano.Folder, new EngineOptions { Precision = precision, Threads = Environment.ProcessorCount }, stop);
        var request = new GenerationRequest { Task = "vqa", Question = "Which plane?", Images = [await File.ReadAllBytesAsync(_image, stop)], MaxTokens = 24 };
        return string.Concat(await engine.GenerateAsync(request, stop).Select(chunk => chunk.Text).ToListAsync(stop));
    }
}
