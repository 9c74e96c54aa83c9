using HealthGpt.Inference.Scheduling;
using Xunit;

namespace HealthGpt.Inference.Tests.Scheduling;

public sealed class TurnLoopTests
{
    [Fact]
    public void A_failing_item_ends_alone_and_every_item_is_disposed_once()
    {
        var schedule = new TurnSchedule<ITurn>(maxActive: 3, maxWaiting: 8);
        var good = new Countdown(3, atEnd: schedule.Close);
        var bad = new Countdown(3) { FailsAt = 2 };
        var withdrawn = new Countdown(100) { Withdrawn = true };
        var unreached = new Countdown(100);
        foreach (var item in (Countdown[])[good, bad, withdrawn, unreached])
            schedule.TryAdd(item, TurnLane.Interactive);

        TurnLoop.Run(schedule, () => new EngineStoppedException("stopped"));

        Assert.All([good, bad, withdrawn, unreached], item => Assert.Equal(1, item.Disposals));
        Assert.Null(good.Failure);
        Assert.IsType<InvalidOperationException>(bad.Failure);
        Assert.Equal((0, null), (withdrawn.Turns, withdrawn.Failure));
        Assert.IsType<EngineStoppedException>(unreached.Failure);
    }

    private sealed class Countdown(int turns, Action? atEnd = null) : ITurn
    {
        public int? FailsAt { get; init; }

        public int Turns { get; private set; }

        public int Disposals { get; private set; }

        public Exception? Failure { get; private set; }

        public bool Withdrawn { get; init; }

        public bool Advance()
        {
            Turns++;
            if (Turns == FailsAt)
                throw new InvalidOperationException("bad turn");
            if (Turns < turns)
                return true;
            atEnd?.Invoke();
            return false;
        }

        public void Fail(Exception reason) => Failure = reason;

        public void Dispose() => Disposals++;
    }
}
