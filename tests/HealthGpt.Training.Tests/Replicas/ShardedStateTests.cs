using System.Collections.Concurrent;
using HealthGpt.Collectives;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging;
using Xunit;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>Members of a group that shards the optimizer's state are lost at any moment of a step; the others go on with the same bits.</summary>
public sealed class ShardedStateTests(TinyWorld world) : IClassFixture<TinyWorld>
{
    private const int Workers = 4;

    private static string? _alone;

    [Theory]
    [InlineData(20264, 1)]
    [InlineData(20265, 1)]
    [InlineData(20266, 2)]
    public async Task Members_lost_at_random_moments_change_no_bit(int seed, int atOnce)
    {
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var expected = await AloneAsync();
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
            foreach (var member in members) Assert.Equal(expected, (await member.UntilAsync(WorkerState.Completed)).WeightsSha256);
        }
        finally
        {
            foreach (var member in members) await member.DisposeAsync();
        }

        TestContext.Current.SendDiagnosticMessage(
            "steps applied late: {0}; weights from parts: {1}; back to a checkpoint: {2}", log.Count("applies step"), log.Count("come from all members"), log.Count("go back to the last checkpoint"));
    }

    /// <summary>One rank ends the group at a moment of a step, another is lost with it: those left have the step in parts, or not yet applied, and bring it together.</summary>
    [Theory]
    [InlineData("Reduced", 5, 0)]
    [InlineData("Reduced", 16, 2)]
    [InlineData("Applied", 5, 1)]
    [InlineData("Applied", 11, 3)]
    [InlineData("Gathered", 20, 2)]
    [InlineData("Gathered", 23, 0)]
    public async Task A_step_that_a_group_did_not_end_is_brought_together_by_the_next(string moment, long step, int rank)
    {
        var expected = await AloneAsync();
        var log = new CollectingLogger();
        var job = Job();
        var once = 0;
        var ends = Enum.Parse<StepMoment>(moment);
        // The others go on until they need this rank: before it has the weights of all, they cannot have them.
        var furthest = ends == StepMoment.Gathered ? StepMoment.Gathered : StepMoment.Applied;
        using var others = new CountdownEvent(Workers - 1);
        void Probe(int at, StepMoment now, long committed, ProcessGroup group)
        {
            if (group.Generation != 1 || committed != step) return;
            if (at != rank && now == furthest) others.Signal();
            if (at != rank || now != ends || Interlocked.Exchange(ref once, 1) == 1) return;
            if (!others.Wait(TimeSpan.FromSeconds(30))) throw new TimeoutException($"{others.CurrentCount} other ranks did not come as far as {furthest}");
            group.Abort("the test ends it");
            throw new OperationCanceledException();
        }

        HostedReplica New(int at) => new(job, world.CacheFolder, $"worker{at}", logger: log, probe: (now, committed, group) => Probe(at, now, committed, group));
        var members = Enumerable.Range(0, Workers).Select(New).ToArray();
        try
        {
            await HostedReplica.JoinAsync(1, members);
            foreach (var member in members) await member.UntilAsync(WorkerState.Aborted);
            var lost = (rank + 1) % Workers;
            await members[lost].DisposeAsync();
            members[lost] = New(Workers);
            await HostedReplica.JoinAsync(2, members);
            foreach (var member in members) Assert.Equal(expected, (await member.UntilAsync(WorkerState.Completed)).WeightsSha256);
        }
        finally
        {
            foreach (var member in members) await member.DisposeAsync();
        }

        Assert.Equal(1, once);
        Assert.Equal(0, log.Count("go back to the last checkpoint"));
        if (moment == "Reduced") Assert.Equal(1, log.Count("applies step"));
        if (moment != "Gathered") Assert.InRange(log.Count("come from all members"), 1, Workers);
    }

    // The same for all tests of the class, whose worlds are equal.
    private async Task<string> AloneAsync() => _alone ??= (await HostedReplica.RunAsync(Job(), world.CacheFolder)).WeightsSha256!;

    private TrainingJob Job() => world.Job(extra: "zero: on") with { Shards = 8, Phases = [.. world.Job().Phases.Select(phase => phase with { Steps = 12, Batch = 9 })] };

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
