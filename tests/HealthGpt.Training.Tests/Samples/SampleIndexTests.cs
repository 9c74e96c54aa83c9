using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.Samples;
using TorchSharp;
using Xunit;

namespace HealthGpt.Training.Tests.Samples;

public sealed class SampleIndexTests : IDisposable
{
    private static readonly string[] Tasks = ["report", "vqa"];
    private readonly TinyWorld _world = new();
    private readonly HealthGptModel _model;

    public SampleIndexTests() => _model = HealthGptModel.Load(_world.Job().Model, torch.ScalarType.Float32);

    private string Verdicts => Path.Combine(_world.CacheFolder, "samples");

    [Fact]
    public void Decodes_no_picture_a_second_time_and_one_that_is_new()
    {
        var first = Build();
        // Other bytes under the old length and time, which only decoding would notice.
        Overwrite("p2.png", keepTime: true);
        var second = Build();

        Assert.Equal(first.Sha256, second.Sha256);
        Assert.Equal(6, second.Of("vqa").Count);

        Overwrite("p2.png", keepTime: false);
        var third = Build();
        Assert.Equal(2, third.BadCount);
        Assert.Equal([5, 5], Tasks.Select(task => third.Of(task).Count));
        Assert.NotEqual(first.Sha256, third.Sha256);
    }

    [Fact]
    public void Finds_out_again_what_a_torn_or_damaged_file_of_verdicts_held()
    {
        var first = Build();
        foreach (var file in Directory.GetFiles(Verdicts))
        {
            var bytes = File.ReadAllBytes(file);
            bytes[^40] ^= 1;
            File.WriteAllBytes(file, bytes[..^(file.GetHashCode() & 1)]);
        }

        Assert.Equal(first.Sha256, Build().Sha256);
        Assert.Equal(first.Of("vqa").Read(4).Prompt, Build().Of("vqa").Read(4).Prompt);
    }

    [Fact]
    public void Knows_the_answer_tokens_of_every_sample_without_reading_it()
    {
        var samples = Build().Of("vqa");
        for (var time = 0; time < 2; time++, samples = Build().Of("vqa"))
            Assert.All(Enumerable.Range(0, samples.Count), at => Assert.Equal(samples.Read(at).AnswerTokens, samples.VerdictOf(at).AnswerTokens));
    }

    [Theory]
    [InlineData(0.2, null)]
    [InlineData(0.1, "at least 2 of 12 samples cannot be used, more than maxBadSamples allows, which is 0.1 of them")]
    [InlineData(0, "at least 1 of 12 samples")]
    public void Leaves_out_bad_samples_up_to_the_share_that_the_job_allows(double share, string? message)
    {
        Overwrite("p2.png", keepTime: false);
        // Twice: what was found out before counts as well.
        for (var time = 0; time < 2; time++)
        {
            if (message is null)
            {
                Assert.Equal(["sample 9 of dataset", "sample 3 of dataset"], Build(share).Bad.Select(bad => bad.ToString()[..19]));
                continue;
            }

            var error = Assert.Throws<InvalidDataException>(() => Build(share));
            Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("p2", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("jsonl", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_sample_whose_picture_changed_since_is_refused_by_its_number()
    {
        var samples = Build().Of("vqa");
        Overwrite("p1.png", keepTime: false);

        var error = Assert.Throws<JobFailureException>(() => samples.Read(1));

        Assert.Contains("sample 2 of dataset", error.Message, StringComparison.Ordinal);
        Assert.Contains("changed since it was indexed", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _model.Dispose();
        _world.Dispose();
    }

    private SampleIndex Build(double share = 0.2)
    {
        var binding = new SampleBinding(_model.Tokenizer, "tiny", _model.Template, _model.ImageVocabulary, 16, 16, 320);
        var rule = new BadSampleRule(BadSamplePolicy.Skip, share);
        return SampleIndex.Build(Dataset.Load(Path.Combine(_world.Root, "dataset.yaml")), Tasks, binding, rule, Verdicts, TestContext.Current.CancellationToken);
    }

    private void Overwrite(string picture, bool keepTime)
    {
        var path = Path.Combine(_world.Root, "images", picture);
        var (time, length) = (File.GetLastWriteTimeUtc(path), new FileInfo(path).Length);
        File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)7, (int)length)]);
        File.SetLastWriteTimeUtc(path, keepTime ? time : time.AddSeconds(5));
    }
}
