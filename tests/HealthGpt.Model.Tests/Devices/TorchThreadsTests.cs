using HealthGpt.Model.Devices;
using TorchSharp;

namespace HealthGpt.Model.Tests.Devices;

/// <summary>Alone, because how many threads libtorch uses is a setting of the process.</summary>
[CollectionDefinition(nameof(TorchThreadsTests), DisableParallelization = true)]
[Collection(nameof(TorchThreadsTests))]
public sealed class TorchThreadsTests : IDisposable
{
    private readonly int _before = torch.get_num_threads();

    [Theory, InlineData(1), InlineData(2), InlineData(7)]
    public void Every_part_is_done_once_whatever_a_part_throws(int threads)
    {
        torch.set_num_threads(threads);
        var done = new int[1000];
        TorchThreads.Run(done.Length, part =>
        {
            Interlocked.Increment(ref done[part]);
        });
        Assert.All(done, times => Assert.Equal(1, times));

        Array.Clear(done);
        var error = Assert.Throws<InvalidDataException>(() => TorchThreads.Run(done.Length, part =>
        {
            Interlocked.Increment(ref done[part]);
            if (part == done.Length - 1) throw new InvalidDataException("the last part");
        }));
        Assert.Equal("the last part", error.Message);
        Assert.All(done, times => Assert.Equal(1, times));
        TorchThreads.Run(0, _ => Assert.Fail("there is no part"));
    }

    /// <summary>On Linux the threads are those of libtorch itself, which wait for work between two operations: none are added.</summary>
    [Fact]
    public void Parts_run_at_the_same_time_on_threads_that_are_there()
    {
        torch.set_num_threads(2);
        using var warm = torch.rand(512, 512);
        warm.mm(warm).Dispose();
        using var both = new Barrier(2);
        TorchThreads.Run(2, _ => Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(30)), "two parts do not run at the same time"));
        var ids = new HashSet<int>();
        for (var time = 0; time < 100; time++)
        {
            TorchThreads.Run(2, _ =>
            {
                both.SignalAndWait(TimeSpan.FromSeconds(30));
                lock (ids) ids.Add(Environment.CurrentManagedThreadId);
            });
        }

        if (OperatingSystem.IsLinux()) Assert.Equal(2, ids.Count);
    }

    public void Dispose() => torch.set_num_threads(_before);
}
