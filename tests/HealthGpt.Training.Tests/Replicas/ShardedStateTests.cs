using System.Collections.Concurrent;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>Members of a group that shards the optimizer's state are lost at any moment of a step; the others go on with the same bits.</summary>
public sealed class ShardedStateTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    private const int Workers = 4;

    [Theory]
    [InlineData(20264, 1)]
    [InlineData(20265, 1)]
    [InlineData(20266, 2)]
    public async Task Members_lost_at_random_moments_change_no_bit(int seed, int atOnce)
    {
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var expected = await RunAsync(Job(), 1);
        var log = new CollectingLogger();
        var random = new System.Random(seed);
        var job = Job();
        var names = 0;
        HostedReplica New() => new(job, world.CacheFolder, $"worker{names++}", logger: log);
        var members = Enumerable.Range(0, Workers).Select(_ => New()).ToList();
        try
        {
            for (var generation = 1; ; generation++)
            {
                await HostedReplica.JoinAsync(generation, [.. members]);
                if (generation > 8) break;
                var before = members.Max(member => member.Host.Progress(0).CommittedSteps);
                // Some way into the group's first steps, at any moment of one.
                while (members.Max(member => member.Host.Progress(0).CommittedSteps) < before + random.Next(1, 4) && members.All(member => member.Host.Progress(0).State == WorkerState.Running))
                    await Task.Delay(1, TestContext.Current.CancellationToken);
                await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 20), TestContext.Current.CancellationToken);
                var lost = Enumerable.Range(0, Workers).OrderBy(_ => random.Next()).Take(atOnce).ToList();
                await Task.WhenAll(lost.Select(rank => members[rank].DisposeAsync().AsTask()));
                foreach (var member in members.Where((_, rank) => !lost.Contains(rank))) await member.UntilAsync(WorkerState.Aborted, WorkerState.Completed);
                foreach (var rank in lost) members[rank] = New();
                members = [.. members.OrderBy(_ => random.Next())];
            }

            // What one loss takes, another has.
            if (atOnce == 1) Assert.Equal(0, log.Count("go back to the last checkpoint"));
            foreach (var member in members) Assert.Equal(expected.WeightsSha256, (await member.UntilAsync(WorkerState.Completed)).WeightsSha256);
        }
        finally
        {
            foreach (var member in members) await member.DisposeAsync();
        }

        TestContext.Current.SendDiagnosticMessage(
            "steps applied late: {0}; weights from parts: {1}; back to a checkpoint: {2}", log.Count("applies step"), log.Count("come from all members"), log.Count("go back to the last checkpoint"));
    }

    private TrainingJob Job() => world.Job(extra: "zero: on") with { Shards = 8, Phases = [.. world.Job().Phases.Select(phase => phase with { Steps = 12, Batch = 9 })] };

    private async Task<WorkerProgress> RunAsync(TrainingJob job, int workers)
    {
        await using var replica = new HostedReplica(job, world.CacheFolder);
        await HostedReplica.JoinAsync(workers, replica);
        return await replica.UntilAsync(WorkerState.Completed);
    }

    private sealed class CollectingLogger : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public int Count(string words) => _lines.Count(line => line.Contains(words, StringComparison.Ordinal));

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue(formatter(state, exception));
    }
}
