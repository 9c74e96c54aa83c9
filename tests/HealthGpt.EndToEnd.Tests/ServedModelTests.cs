using System.Text.Json;
using HealthGpt.Data.Images;
using HealthGpt.EndToEnd.Tests.Demos;
using HealthGpt.EndToEnd.Tests.Processes;

namespace HealthGpt.EndToEnd.Tests;

[Collection(FinishedDemoGroup.Name)]
public sealed class ServedModelTests(FinishedDemo demo) : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task BadRequests_NameProblemAndRemedy_WhileTheClusterGoesOnServing()
    {
        var image = demo.Answers.GetProperty("questions")[0].GetProperty("image").GetString()!;
        var text = _folder["slice.png"];
        await File.WriteAllTextAsync(text, "no image", TestContext.Current.CancellationToken);
        using var silo = await RunningSilo.StartAsync(_folder);

        await DemandAsync(1, "No model is served", "ask", "--task", "vqa", "--image", image, "--question", "Is the skull visible?");
        await DemandAsync(2, "the folder has no healthgpt.json; name a model folder", "serve", "--model", _folder.Path);
        var served = await DemandAsync(0, "serving skull-stripping, super-resolution, vqa of", "serve", "--model", demo.ModelFolder);
        Assert.Contains("on silo-1", served, StringComparison.Ordinal);

        var answer = await AskAsync(image);
        await DemandAsync(2, "The task 'vqaa' is not served; the served tasks are 'skull-stripping', 'super-resolution', 'vqa'", "ask", "--task", "vqaa", "--image", image, "--question", "What?");
        await DemandAsync(2, $"--image is '{text}'", "ask", "--task", "vqa", "--image", text, "--question", "What?");
        await DemandAsync(2, "the request's 'question' is refused", "ask", "--task", "vqa", "--image", image, "--question", " ");
        Assert.Equal(answer, await AskAsync(image));

        await DemandAsync(0, "is not written: the task answers in words", "ask", "--task", "vqa", "--image", image, "--question", "Is the skull visible?", "--out", _folder["drawn.png"]);
        Assert.False(File.Exists(_folder["drawn.png"]));
        await DemandAsync(0, $"image written to {_folder["drawn.png"]}", "ask", "--task", "super-resolution", "--image", image, "--out", _folder["drawn.png"]);
        RgbImage.Decode(await File.ReadAllBytesAsync(_folder["drawn.png"], TestContext.Current.CancellationToken), "the drawn image");
    }

    private async Task<string> AskAsync(string image)
    {
        var said = await DemandAsync(0, "\"text\"", "ask", "--task", "vqa", "--image", image, "--question", "Is the skull visible?", "--json");
        return JsonDocument.Parse(said).RootElement.GetProperty("text").GetString()!;
    }

    private async Task<string> DemandAsync(int code, string said, params string[] arguments)
    {
        using var run = HealthGptProcess.Start([.. arguments, "--cluster", _folder["cluster"]]);
        var ended = await run.EndAsync(Bound, TestContext.Current.CancellationToken);
        Assert.True(ended == code, $"{string.Join(' ', arguments)} ended with {ended}:\n{run.Said}");
        Assert.Contains(code == 0 ? said : "error: ", run.Said, StringComparison.Ordinal);
        Assert.Contains(said, run.Said, StringComparison.Ordinal);
        return run.Said;
    }
}
