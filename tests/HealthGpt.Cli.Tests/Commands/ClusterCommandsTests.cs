using SkiaSharp;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class ClusterCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Submit_AJobWithAMisspeltKey_ExitsWith78_WithoutACluster()
    {
        var job = _folder.Write("job.yaml", "name: a\nmodle: m\ndata: d.yaml\n");

        var run = await CommandLine.RunAsync("train", "submit", job, "--cluster", _folder.Path);

        Assert.Equal(ExitCodes.WrongFile, run.ExitCode);
        Assert.Contains("modle", run.Error, StringComparison.Ordinal);
        Assert.Contains("model", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_WithAFileThatIsNoImage_ExitsWith2_AndNamesIt()
    {
        var image = _folder.Write("slice.png", "no image");

        var run = await CommandLine.RunAsync("ask", "--cluster", _folder.Path, "--task", "vqa", "--image", image, "--question", "What?");

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains($"error: --image is '{image}'", run.Error, StringComparison.Ordinal);
        Assert.Contains("usage: healthgpt ask", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_WithAPlaceThatCannotTakeThePicture_ExitsWith2_WithoutACluster()
    {
        var image = _folder["slice.png"];
        using (var bitmap = new SKBitmap(4, 4))
        using (var file = File.Create(image))
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(_folder["model"]);
        var model = _folder.Write("model/healthgpt.json", "{}");
        var earlier = await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken);

        await RefusedAsync(image, $"that is the image '{image}', which is read");
        await RefusedAsync(_folder["slice.jpg"], "a drawn image is written as PNG");
        await RefusedAsync(_folder["none/answer.png"], "it cannot be written");
        await RefusedAsync(_folder["model/answer.png"], $"it lies in the model folder '{Path.GetDirectoryName(model)}'");
        Assert.Equal(earlier, await File.ReadAllBytesAsync(image, TestContext.Current.CancellationToken));

        async Task RefusedAsync(string path, string why)
        {
            var run = await CommandLine.RunAsync("ask", "--cluster", _folder.Path, "--task", "super-resolution", "--image", image, "--out", path);
            Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
            Assert.Contains($"error: --out is '{path}'; {why}", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Describe_OfAFolderThatIsNotThere_ExitsWith2()
    {
        var run = await CommandLine.RunAsync("train", "describe", "job", "--cluster", _folder["none"]);

        Assert.Equal(ExitCodes.WrongArguments, run.ExitCode);
        Assert.Contains("there is no such folder", run.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Ask_OfAClusterWhoseSilosHaveEnded_SaysSoWithinSeconds()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var run = await CommandLine.RunAsync("ask", "--cluster", _folder.Path, "--task", "vqa", "--question", "What?");

        Assert.Equal(ExitCodes.Failed, run.ExitCode);
        Assert.Contains("no silo replied within 15 s", run.Error, StringComparison.Ordinal);
        // 15 s, and slack of a minute for a machine that is busy.
        Assert.InRange(clock.Elapsed.TotalSeconds, 14, 75);
    }

    [Fact]
    public async Task Interrupted_WhileNoSiloAnswers_ExitsWith130()
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var running = CommandLine.RunAsync(interrupt.Token, "train", "describe", "job", "--cluster", _folder.Path);
        await interrupt.CancelAsync();

        var run = await running.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.Equal(ExitCodes.Interrupted, run.ExitCode);
    }
}
