using System.Security.Cryptography;
using System.Text;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

public sealed class BadLinesTests : IClassFixture<TinyWorld>
{
    private readonly TinyWorld _world;
    private readonly (int Number, string Line, string Reason)[] _bad;

    public BadLinesTests(TinyWorld world)
    {
        _world = world;
        var lines = File.ReadAllLines(Path.Combine(world.Root, "vqa.jsonl")).ToList();
        _bad =
        [
            (1, "Doe, John", "its line in the samples file is no complete sample"),
            (4, lines[2].Replace("p2.png", "doe-john.png", StringComparison.Ordinal), "a picture of it is missing or lies outside the root"),
            (9, lines[4].Replace("\"yes\"", "\"\"", StringComparison.Ordinal), "its line in the samples file is no complete sample"),
        ];
        foreach (var (number, line, _) in _bad) lines.Insert(number - 1, line);
        File.WriteAllLines(Path.Combine(world.Root, "lines.jsonl"), lines);
        var yaml = File.ReadAllText(Path.Combine(world.Root, "dataset.yaml"));
        File.WriteAllText(Path.Combine(world.Root, "lines.yaml"), yaml.Replace("vqa.jsonl", "lines.jsonl", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_that_skips_lists_bad_lines_without_a_path_and_ends_as_without_them()
    {
        await using var without = new HostedReplica(_world.Job(), _world.CacheFolder);
        await using var skipping = new HostedReplica(Job(BadSamplePolicy.Skip, 0.12), _world.CacheFolder);
        await HostedReplica.JoinAsync(1, without);
        await HostedReplica.JoinAsync(1, skipping);

        var progress = await skipping.UntilAsync(WorkerState.Completed);

        Assert.Equal(_bad.Select(bad => $"sample {bad.Number} of dataset 'lines' (SHA-256 {HashOf(bad.Line)[..12]}): {bad.Reason}; `healthgpt data check` says more"), progress.BadSamples);
        Assert.Equal((await without.UntilAsync(WorkerState.Completed)).WeightsSha256, progress.WeightsSha256);
    }

    [Theory]
    [InlineData(BadSamplePolicy.Skip, 0.05, "at least 2 of 27 samples cannot be used, more than maxBadSamples allows")]
    [InlineData(BadSamplePolicy.Stop, 0.12, "the job's dataset has 3 problems")]
    public async Task A_job_that_stops_or_has_more_bad_lines_than_it_allows_fails_without_a_path(BadSamplePolicy policy, double share, string message)
    {
        await using var replica = new HostedReplica(Job(policy, share), _world.CacheFolder);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => replica.UntilAsync(WorkerState.Ready));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("doe-john", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("jsonl", error.Message, StringComparison.Ordinal);
        Assert.True(replica.Host.Progress(0).FailsJob);
    }

    private static string HashOf(string line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));

    private TrainingJob Job(BadSamplePolicy policy, double share) =>
        _world.Job() with { Data = Path.Combine(_world.Root, "lines.yaml"), OnBadSample = policy, MaxBadSamples = share };
}
