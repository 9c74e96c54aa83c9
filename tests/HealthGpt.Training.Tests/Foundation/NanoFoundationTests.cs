using System.Text.Json;
using HealthGpt.Data.Tests.SampleSets;
using HealthGpt.Model;
using HealthGpt.Training.Foundation;
using TorchSharp;

namespace HealthGpt.Training.Tests.Foundation;

/// <summary>The command that makes healthgpt-nano, on a few of the shipped slices and for a few steps of each part.</summary>
public sealed class NanoFoundationTests : IDisposable
{
    private const int Slices = 12;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("healthgpt-foundation-");

    public NanoFoundationTests() => CopySomeSamples();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Samples => Path.Combine(_root.FullName, "samples");

    private string Output => Path.Combine(_root.FullName, "nano");

    [Fact]
    public void Build_makes_a_model_that_has_never_heard_of_image_tokens()
    {
        var before = torch.Tensor.TotalCount;
        var last = new Dictionary<string, FoundationProgress>();

        NanoFoundation.Build(
            Options, step =>
            {
                lock (last) last[step.Part] = step;
            }, Stop);

        Assert.Equal(["base language model", "image tokenizer", "vision tower"], last.Keys.Order());
        Assert.All(last.Values, step => Assert.True(step.Step == step.Steps && double.IsFinite(step.Loss), $"{step}"));
        Assert.Equal(before, torch.Tensor.TotalCount);
        using var model = HealthGptModel.Load(Output, torch.ScalarType.BFloat16, cancellationToken: Stop);
        Assert.Equal(model.Tokenizer.Count, model.ImageVocabulary.TextTokens);
        Assert.Equal(512, model.ImageTokenizer.Codes);
        Assert.Empty(model.Manifest.Plugins);
    }

    [Fact]
    public void Build_with_one_seed_makes_the_same_bits_again()
    {
        var other = Options with { OutputFolder = Path.Combine(_root.FullName, "again") };

        NanoFoundation.Build(Options, _ => { }, Stop);
        NanoFoundation.Build(other, _ => { }, Stop);

        // The manifest names every part with its SHA-256.
        Assert.Equal(File.ReadAllText(Path.Combine(Output, "healthgpt.json")), File.ReadAllText(Path.Combine(other.OutputFolder, "healthgpt.json")));
    }

    [Fact]
    public void Build_leaves_a_foreign_folder_and_a_stopped_one_as_they_were()
    {
        Directory.CreateDirectory(Output);
        File.WriteAllText(Path.Combine(Output, "thesis.txt"), "years of work");
        var refused = Assert.Throws<IOException>(() => NanoFoundation.Build(Options, _ => { }, Stop));
        Assert.Contains("holds something that is not healthgpt-nano", refused.Message, StringComparison.Ordinal);

        var other = Options with { OutputFolder = Path.Combine(_root.FullName, "stopped") };
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => NanoFoundation.Build(other, _ => stop.Cancel(), stop.Token));

        Assert.Equal(["nano", "samples"], _root.EnumerateDirectories().Select(folder => folder.Name).Order());
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(Output, "thesis.txt")));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private FoundationOptions Options => new() { SamplesFolder = Samples, OutputFolder = Output, ImageTokenizerSteps = 2, VisionTowerSteps = 2, BaseModelSteps = 5 };

    // Every twentieth slice, so that all planes are there.
    private void CopySomeSamples()
    {
        var shipped = SampleFolder.Colin27;
        Directory.CreateDirectory(Path.Combine(Samples, "images"));
        var slices = File.ReadLines(Path.Combine(shipped, "images.jsonl")).Where((_, index) => index % 20 == 0)
            .Where(line => Value(line, "split") == "train").Take(Slices).ToList();
        File.WriteAllLines(Path.Combine(Samples, "images.jsonl"), slices);
        var images = slices.Select(line => Value(line, "image")).ToHashSet();
        foreach (var image in images) File.Copy(Path.Combine(shipped, "images", image), Path.Combine(Samples, "images", image));
        foreach (var file in new[] { "vqa.jsonl", "report.jsonl" })
            File.WriteAllLines(Path.Combine(Samples, file), File.ReadLines(Path.Combine(shipped, file)).Where(line => images.Contains(Value(line, "image"))));
    }

    private static string Value(string line, string key)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty(key).GetString()!;
    }
}
