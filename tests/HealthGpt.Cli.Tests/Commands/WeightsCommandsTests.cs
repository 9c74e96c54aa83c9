using System.Text.Json;
using HealthGpt.Model.Weights;
using HealthGpt.Soak.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class WeightsCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SavedTensor[] _plugin =
    [
        SavedTensor.Random(new Random(1), "base_model.model.model.layers.0.mlp.down_proj.lora_A.weight", ScalarType.Float16, 4, 8),
        SavedTensor.Random(new Random(2), "base_model.model.model.mm_projector.0.bias", ScalarType.Float16, 8),
    ];

    public void Dispose() => _folder.Dispose();

    private string WritePickle(string name)
    {
        File.WriteAllBytes(_folder[name], TorchFiles.Archive(TorchPickle.Lightning(_plugin), _plugin));
        return _folder[name];
    }

    private string WriteHostile(string name)
    {
        File.WriteAllBytes(_folder[name], TorchFiles.Archive(new PickleWriter().Global("os", "system").Text("true").Raw(0x85).Op('R').Stop(), []));
        return _folder[name];
    }

    [Fact]
    public async Task Inspect_APickle_SaysWhatItIs_AndListsItsTensors()
    {
        var run = await CommandLine.RunAsync("weights", "inspect", WritePickle("plugin.bin"));

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        Assert.Contains("PyTorch pickle in a zip archive, H-LoRA plugin; 2 tensors (float16), 80 bytes; ignores epoch", run.Output, StringComparison.Ordinal);
        Assert.Contains("base_model.model.model.mm_projector.0.bias  float16  [8]  16 bytes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_AFolderWithAHostileFile_NamesIt_ShowsTheRest_AndExitsWith78()
    {
        WritePickle("good.ckpt");
        var hostile = WriteHostile("hostile.bin");

        var run = await CommandLine.RunAsync("weights", "inspect", _folder.Path, "--json");

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains($"error: {hostile}: has a pickle that names os.system", run.Error, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal(1, document.RootElement.GetProperty("refused").GetInt32());
        var files = document.RootElement.GetProperty("files");
        Assert.Equal("hLoraPlugin", files[0].GetProperty("content").GetString());
        Assert.Equal([4, 8], files[0].GetProperty("tensors")[0].GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        Assert.StartsWith(hostile, files[1].GetProperty("refusal").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_APickle_KeepsKeysTypesAndBits()
    {
        var target = _folder["plugin.safetensors"];

        var run = await CommandLine.RunAsync("weights", "convert", WritePickle("plugin.bin"), target);

        Assert.Equal(ExitCodes.Done, run.ExitCode);
        using var file = SafetensorsFile.Open(target);
        Assert.Equal("pt", file.Metadata["format"]);
        foreach (var tensor in _plugin)
        {
            using var read = file.Read(tensor.Name);
            Assert.Equal(tensor.Type, read.dtype);
            Assert.Equal(tensor.Elements, read.bytes.ToArray());
        }
    }

    [Fact]
    public async Task Convert_AHostileFile_ExitsWith78_AndWritesNothing()
    {
        var run = await CommandLine.RunAsync("weights", "convert", WriteHostile("hostile.bin"), _folder["new.safetensors"]);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.DoesNotContain("model folder", run.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Convert_OntoAFileThatIsThere_IsRefused_AndTheFileStays()
    {
        var target = _folder.Write("old.safetensors", "as it was");

        var run = await CommandLine.RunAsync("weights", "convert", WritePickle("plugin.bin"), target);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.StartsWith($"error: OUT is '{target}'; there is a file already, which may hold weights that are nowhere else; name a new file", run.Error, StringComparison.Ordinal);
        Assert.Equal("as it was", await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task NothingIsWritten_IntoAModelFolder()
    {
        Directory.CreateDirectory(_folder["model/base"]);
        _folder.Write("model/healthgpt.json", "{}");
        Directory.CreateSymbolicLink(_folder["link"], _folder["model/base"]);

        foreach (var arguments in (string[][])[["synth", "--preset", "nano", "--out", _folder["model/base/x"]], ["convert", WritePickle("plugin.bin"), _folder["link/x.safetensors"]]])
        {
            var run = await CommandLine.RunAsync(["weights", .. arguments]);

            Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
            Assert.Contains($"it lies in the model folder '{_folder["model"]}', whose parts must stay as healthgpt.json says; name a place elsewhere", run.Error, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder["model/base"]));
    }

    [Fact]
    public async Task Convert_IntoAFolderThatIsNotThere_NamesOut()
    {
        var run = await CommandLine.RunAsync("weights", "convert", WriteHostile("hostile.bin"), _folder["nowhere/a.safetensors"]);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.StartsWith($"error: OUT is '{_folder["nowhere/a.safetensors"]}'; its folder is not there; ", run.Error, StringComparison.Ordinal);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Import_APluginThatDrawsWithoutFusionWeights_SaysWhichFileToGiveAndWhereItLies(bool beside)
    {
        var plugin = WritePickle("gen_hlora_weights.bin");
        if (beside) WritePickle("fusion_layer_weights.bin");

        var run = await CommandLine.RunAsync(
            "weights", "import", "--preset", "m3", "--base", _folder.Path, "--tower", _folder.Path, "--image-tokenizer", _folder.Path, "--plugin", $"reconstruction={plugin}", "--out", _folder["new"]);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.StartsWith("error: --fusion is missing; the plugin for the task 'reconstruction' goes with the fusion weights", run.Error, StringComparison.Ordinal);
        Assert.Contains(beside ? $"add --fusion {_folder["fusion_layer_weights.bin"]}" : "the published file is called fusion_layer_weights.bin", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public async Task Inspect_CountsOneAsOne_AndSaysThatAFileIsEmpty()
    {
        SavedTensor[] one = [SavedTensor.Random(new Random(1), "a", ScalarType.Float16, 1)];
        await File.WriteAllBytesAsync(_folder["one.bin"], TorchFiles.Archive(TorchPickle.Lightning(one), one), TestContext.Current.CancellationToken);
        _folder.Write("empty.safetensors", "");

        var run = await CommandLine.RunAsync("weights", "inspect", _folder.Path);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("1 tensor (float16), 2 bytes", run.Output, StringComparison.Ordinal);
        Assert.Contains("empty.safetensors: cannot be used: it has no bytes: it is empty, or a pipe or device instead of an ordinary file; get it again from where it came", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_OntoTheFileThatIsRead_IsRefused_AlsoBehindALink()
    {
        var source = WritePickle("plugin.safetensors");
        File.CreateSymbolicLink(_folder["link.safetensors"], source);
        var before = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);

        foreach (var target in (string[])[source, _folder["link.safetensors"]])
        {
            var run = await CommandLine.RunAsync("weights", "convert", source, target);

            Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
            Assert.StartsWith($"error: OUT is '{target}'; that is the file that is read; name another file", run.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("nowhere.bin", ExitCodes.WrongFile, "does not exist")]
    [InlineData(".", ExitCodes.WrongArguments, "holds no weight file")]
    public async Task Inspect_NoWeightFile_IsAnError(string name, int code, string said)
    {
        var run = await CommandLine.RunAsync("weights", "inspect", _folder[name]);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }
}
