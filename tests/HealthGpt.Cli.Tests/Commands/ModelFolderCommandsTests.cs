using System.Text.Json;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class ModelFolderCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Synth_MakesAFolder_ThatVerifyFindsSound_AndRefusesToWriteOverIt()
    {
        var synth = await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["model"], "--seed", "3", "--json");
        var verify = await CommandLine.RunAsync("weights", "verify", _folder["model"], "--json");
        var again = await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["model"]);

        Assert.Equal((ExitCodes.Done, ""), (synth.ExitCode, synth.Error));
        Assert.Equal((ExitCodes.Done, ""), (verify.ExitCode, verify.Error));
        using var document = JsonDocument.Parse(verify.Output);
        Assert.True(document.RootElement.GetProperty("sound").GetBoolean());
        Assert.Equal(
            ["base", "visionTower", "imageTokenizer", "tokenizer", "fusion", "plugins.reconstruction", "plugins.vqa"],
            document.RootElement.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        Assert.Equal(ExitCodes.WrongArguments, again.ExitCode);
        Assert.Contains($"--out is '{_folder["model"]}'; the folder is there already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AChangedFolder_ListsTheFaults_AndExitsWith78()
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["model"]);
        var weights = Path.Combine(_folder["model"], "base", "model.safetensors");
        var bytes = await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken);
        // The last element is lm_head's: a bfloat16 NaN.
        (bytes[^2], bytes[^1]) = (0xC1, 0x7F);
        await File.WriteAllBytesAsync(weights, bytes, TestContext.Current.CancellationToken);

        var text = await CommandLine.RunAsync("weights", "verify", _folder["model"]);
        var json = await CommandLine.RunAsync("weights", "verify", _folder["model"], "--json");

        Assert.Equal((ExitCodes.WrongFile, ExitCodes.WrongFile), (text.ExitCode, json.ExitCode));
        Assert.Contains($"error: {weights}: tensor 'lm_head.weight': expected finite numbers; found 1 NaN and 0 infinite of 67584, the first at element 67583", text.Error, StringComparison.Ordinal);
        Assert.Contains("2 faults", text.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json.Output);
        Assert.False(document.RootElement.GetProperty("sound").GetBoolean());
        var faults = document.RootElement.GetProperty("faults");
        Assert.Equal(2, faults.GetArrayLength());
        Assert.Equal((weights, "lm_head.weight"), (faults[0].GetProperty("file").GetString(), faults[0].GetProperty("key").GetString()));
        Assert.StartsWith("SHA-256 ", faults[1].GetProperty("found").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_SaysWhichFoldersItTakes_AndTakesAPluginFolder()
    {
        await CommandLine.RunAsync("weights", "synth", "--preset", "nano", "--out", _folder["model"]);

        var help = await CommandLine.RunAsync("weights", "verify", "--help");
        var plugin = await CommandLine.RunAsync("weights", "verify", Path.Combine(_folder["model"], "plugins", "vqa"));

        Assert.Contains("A model folder, a plugin folder, or the published folder of", string.Join(' ', help.Output.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, ""), (plugin.ExitCode, plugin.Error));
    }

    [Theory]
    [InlineData("DIR is", "weights", "verify", "nowhere")]
    [InlineData("'fuson' is no vocabulary; write vqa:comprehension:base=FILE or vqa:comprehension:fusion=FILE",
        "weights", "import", "--preset", "m3", "--base", ".", "--tower", ".", "--image-tokenizer", ".", "--out", "x", "--plugin", "vqa:comprehension:fuson=healthgpt.dll")]
    [InlineData("--preset is 'm4'; it must be one of m3, l14, xl32, nano", "weights", "synth", "--preset", "m4", "--out", "x")]
    [InlineData("--seed is '-3'; it must be a whole number from 0 to 18446744073709551615", "weights", "synth", "--preset", "m3", "--out", "x", "--seed", "-3")]
    [InlineData("--seed is '1e3'; it must be a whole number from 0", "nano", "build", "--out", "x", "--seed", "1e3")]
    [InlineData("--dtype is 'int8'; it must be one of bfloat16, float16, float32", "weights", "synth", "--preset", "m3", "--out", "x", "--dtype", "int8")]
    public async Task AWrongArgument_IsNamed(string said, params string[] arguments)
    {
        var run = await CommandLine.RunAsync(arguments);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }
}
