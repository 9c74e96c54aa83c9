using System.Text.Json;
using HealthGpt.Cli.Demo;
using HealthGpt.Cli.Tests.LocalTraining;
using HealthGpt.Data.Samples;
using HealthGpt.Storage.Tests.Blobs;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class TrainRunCommandTests(Azurite azurite) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("m3", "alignment: 0.001 256 0; 2e-5 0.0002 64 0.05; adaptation: 0.0002 32 0.05; instruction: 2e-5 0.0002 128 0.05; 2e-5 0.0002 64 0.05", "64 128 4; 256 512 4")]
    [InlineData("l14", "alignment: 0.001 256 0; 2e-5 0.0001 64 0.05; adaptation: 0.0002 32 0.05; instruction: 2e-5 0.0002 128 0.05; 2e-5 0.0002 64 0.05", "32 64 4; 128 256 4")]
    public async Task Print_ShowsThePublishedNumbersOfARecipe_AndPrintsItselfAgain(string recipe, string settings, string hlora)
    {
        var run = await CommandLine.RunAsync("train", "run", RecipeFile(recipe), "--print");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(settings, await SettingsAsync(recipe));
        Assert.Equal(hlora, await HLoraAsync(recipe));
        Assert.Contains("maxSequence: 2048", run.Output, StringComparison.Ordinal);
        Assert.Contains("weightDecay: 0,", run.Output, StringComparison.Ordinal);
        Assert.Contains($"preset: {recipe}", run.Output, StringComparison.Ordinal);

        var printed = _folder.Write("printed.yaml", run.Output);
        Assert.Equal(run.Output, (await CommandLine.RunAsync("train", "run", printed, "--print")).Output);
    }

    [Fact]
    public async Task Print_HasWhatTheCommandLineSays_AndMakesNothing()
    {
        var file = _folder.Write("job.yaml", Job("none", "none.yaml"));

        var run = await CommandLine.RunAsync("train", "run", file, "--print", "--workers", "3", "--device", "cuda");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("workers: { min: 3, max: 3 }", run.Output, StringComparison.Ordinal);
        Assert.Contains("device: { kind: cuda, threads: 1 }", run.Output, StringComparison.Ordinal);
        Assert.Equal(["job.yaml"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task WrongFile_ExitsWith78_AndListsEveryProblem()
    {
        var file = _folder.Write("job.yaml", Job("no-model", "no-data.yaml") + "workers: { min: 2, max: 9 }\nstagse: 1\nstart: published\noptimizer: { beta1: 2 }\n");

        var run = await CommandLine.RunAsync("train", "run", file);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("it has 6 problems", run.Error, StringComparison.Ordinal);
        Assert.Contains("no-model' has no healthgpt.json; name a model folder", run.Error, StringComparison.Ordinal);
        Assert.Contains("no-data.yaml' is not there; name a dataset file", run.Error, StringComparison.Ordinal);
        Assert.Contains("published' has no checkpoint; name a folder such as step-00000050 that has a manifest.json", run.Error, StringComparison.Ordinal);
        Assert.Contains("workers.max: '9' must be at most shards, which is 4", run.Error, StringComparison.Ordinal);
        Assert.Contains("stagse is not a known key; did you mean 'stages'?", run.Error, StringComparison.Ordinal);
        Assert.Contains("optimizer.beta1: '2' must be", run.Error, StringComparison.Ordinal);
        Assert.Equal(["job.yaml"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task WrongParts_ExitWith78_AllAtOnce_WithWhatTheFileSaysItself()
    {
        var server = await azurite.ServerAsync();
        var model = DemoAssets.ModelFolder([AppContext.BaseDirectory]);
        foreach (var file in Directory.GetFiles(model, "*", SearchOption.AllDirectories))
        {
            var copy = _folder[Path.Combine("model", Path.GetRelativePath(model, file))];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (!file.EndsWith("base/model.safetensors", StringComparison.Ordinal)) File.CreateSymbolicLink(copy, file);
        }

        var data = DemoAssets.DatasetFile([AppContext.BaseDirectory]);
        var job = Job("model", data).Replace("vqa", "ct-to-mri", StringComparison.Ordinal)
            .Replace("runs/wrong", $"azblob://{AzuriteServer.Account}/nowhere/runs", StringComparison.Ordinal);
        job += "start: azblob://otheraccount/runs/step-00000050\ndevice: { threads: 1024 }\nmicroBatch: 0\n";

        using var run = TrainRunProcess.StartOn(server.Access, _folder.Write("job.yaml", job), _folder["cache"]);
        var (code, error) = await run.EndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.WrongFile, code);
        Assert.Equal(
            [
                "error: job.yaml is wrong; it has 6 problems; correct each and run again",
                "  line 11: microBatch: '0' must be a whole number from 1 to 4096",
                $"  line 2: model: '{_folder["model"]}' lacks '{_folder["model/base/model.safetensors"]}'; copy the model again, with the parts it refers to",
                "  instruction/ct-to-mri: the dataset has no task 'ct-to-mri'; it has " + string.Join(", ", Dataset.FindTasks(data)!.Keys.Order(StringComparer.Ordinal)),
                "  line 9: start: 'azblob://otheraccount/runs/step-00000050' cannot be used: 'azblob://otheraccount/runs/step-00000050' is in account 'otheraccount', but the connection string "
                    + $"(AZURE_STORAGE_CONNECTION_STRING) is of account '{AzuriteServer.Account}'; correct one of them",
                $"  line 5: checkpoints.to: 'azblob://{AzuriteServer.Account}/nowhere/runs' cannot be listed: account '{AzuriteServer.Account}' has no container 'nowhere'; create it or correct the address",
                $"  line 10: device.threads: '1024' must be at most {Environment.ProcessorCount}, the processors of this machine: more would wait for each other",
            ],
            error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public async Task MissingTask_ExitsWith78_AndNamesThePhase()
    {
        var model = DemoAssets.ModelFolder([AppContext.BaseDirectory]);
        var data = DemoAssets.DatasetFile([AppContext.BaseDirectory]);
        var file = _folder.Write("job.yaml", Job(model, data).Replace("vqa", "ct-to-mri", StringComparison.Ordinal));

        var run = await CommandLine.RunAsync("train", "run", file);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("instruction/ct-to-mri: the dataset has no task 'ct-to-mri'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5", "--workers is '5'; the job has 4 shards, and a worker without one has nothing to do; give at most 4")]
    [InlineData("0", "--workers is '0'; it must be a whole number from 1")]
    public async Task WrongNumberOfWorkers_ExitsWith2_AndNamesBoth(string workers, string said)
    {
        var model = DemoAssets.ModelFolder([AppContext.BaseDirectory]);
        var file = _folder.Write("job.yaml", Job(model, DemoAssets.DatasetFile([AppContext.BaseDirectory])));

        var run = await CommandLine.RunAsync("train", "run", file, "--workers", workers);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Contains("usage: healthgpt train run JOB.yaml [--workers N] [--device cpu|cuda] [--out DIR] [--print]", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CudaAsAnArgument_WhereThereIsNone_ExitsWith2_BeforeAnythingIsMade()
    {
        var model = DemoAssets.ModelFolder([AppContext.BaseDirectory]);
        var file = _folder.Write("job.yaml", Job(model, DemoAssets.DatasetFile([AppContext.BaseDirectory])));

        var run = await CommandLine.RunAsync("train", "run", file, "--device", "cuda");

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains("--device is 'cuda'; that cannot be used here: libtorch finds no such device; build with -p:Device=cuda on a machine with an NVIDIA GPU and its driver, or give --device cpu", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["runs"]));
    }

    [Fact]
    public async Task CudaInTheFile_WhereThereIsNone_IsAProblemOfTheFile_UnlessTheArgumentsSayCpu()
    {
        var file = _folder.Write("job.yaml", Job("nowhere", "nothing") + "device: { kind: cuda }\n");

        var inFile = await CommandLine.RunAsync("train", "run", file);
        var replaced = await CommandLine.RunAsync("train", "run", file, "--device", "cpu");

        Assert.Equal((ExitCodes.WrongFile, ExitCodes.WrongFile), (inFile.ExitCode, replaced.ExitCode));
        Assert.Contains("line 9: device.kind: 'cuda' cannot be used here: libtorch finds no such device; build with -p:Device=cuda on a machine with an NVIDIA GPU and its driver, or set it to cpu", inFile.Error, StringComparison.Ordinal);
        Assert.Contains("line 2: model: ", inFile.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("cuda", replaced.Error, StringComparison.Ordinal);
    }

    private static string Job(string model, string data) =>
        $"name: wrong\nmodel: {model}\ndata: {data}\nshards: 4\ncheckpoints: {{ to: runs/wrong }}\nstages:\n  - stage: instruction\n    tasks: {{ vqa: {{ steps: 2, batch: 4 }} }}\n";

    private static string RecipeFile(string recipe) => Path.Combine(AppContext.BaseDirectory, "recipes", $"{recipe}.yaml");

    private static async Task<JsonElement> JsonAsync(string recipe) =>
        JsonDocument.Parse((await CommandLine.RunAsync("train", "run", RecipeFile(recipe), "--print", "--json")).Output).RootElement;

    /// <summary>Learning rates, batch and dropout of each kind of phase, as the table has them.</summary>
    private static async Task<string> SettingsAsync(string recipe)
    {
        var stages = (await JsonAsync(recipe)).GetProperty("stages").EnumerateArray().Select(stage =>
        {
            var phases = (stage.TryGetProperty("tasks", out var tasks) ? tasks : stage).EnumerateObject().Where(phase => phase.Value.ValueKind == JsonValueKind.Object);
            return $"{stage.GetProperty("stage").GetString()}: {string.Join("; ", phases.Select(phase => Settings(phase.Value)).Distinct())}";
        });
        return string.Join("; ", stages);
    }

    private static string Settings(JsonElement phase)
    {
        var rates = phase.GetProperty("learningRate").EnumerateObject().Where(rate => rate.Name != "vocabulary" || !phase.GetProperty("learningRate").TryGetProperty("hlora", out _));
        var numbers = rates.Select(rate => rate.Value).Append(phase.GetProperty("batch")).Append(phase.GetProperty("dropout"));
        return string.Join(' ', numbers.Select(number => number.GetRawText().Replace("E-05", "e-5", StringComparison.Ordinal)));
    }

    private static async Task<string> HLoraAsync(string recipe) => string.Join("; ", (await JsonAsync(recipe)).GetProperty("hlora").EnumerateObject()
        .Select(kind => string.Join(' ', kind.Value.EnumerateObject().Select(number => number.Value.GetRawText()))));
}
