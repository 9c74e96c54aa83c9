using HealthGpt.Inference.Scheduling;
using Xunit;

namespace HealthGpt.Inference.Tests.Scheduling;

public sealed class TurnScheduleTests
{
    [Fact]
    public void Active_items_take_turns_in_a_circle_and_the_next_is_admitted_in_order_of_arrival()
    {
        var schedule = new TurnSchedule<string>(maxActive: 2, maxWaiting: 8);
        foreach (var item in (string[])["a", "b", "c", "d"])
            Assert.True(schedule.TryAdd(item, TurnLane.Interactive));

        Assert.Equal(["a", "b", "a", "b"], Turns(schedule, 4));
        Assert.Equal("a", schedule.WaitTurn());
        schedule.Release();

        Assert.Equal(["b", "c", "b", "c"], Turns(schedule, 4));
        Assert.Equal((2, 1), (schedule.Active, schedule.Waiting));
    }

    [Fact]
    public void A_question_passes_images_that_wait_for_a_place()
    {
        var schedule = new TurnSchedule<string>(maxActive: 2, maxWaiting: 8);
        schedule.TryAdd("image 1", TurnLane.Bulk);
        schedule.TryAdd("image 2", TurnLane.Bulk);
        schedule.TryAdd("question", TurnLane.Interactive);

        Assert.Equal(["image 1", "question", "image 1"], Turns(schedule, 3));
        Assert.Equal("question", schedule.WaitTurn());
        schedule.Release();
        Assert.Equal("image 1", schedule.WaitTurn());
        schedule.Release();

        Assert.Equal(["image 2", "image 2"], Turns(schedule, 2));
    }

    [Fact]
    public void A_full_queue_refuses_the_next_item()
    {
        var schedule = new TurnSchedule<string>(maxActive: 1, maxWaiting: 2);

        Assert.True(schedule.TryAdd("a", TurnLane.Interactive));
        Assert.True(schedule.TryAdd("b", TurnLane.Interactive));
        Assert.False(schedule.TryAdd("c", TurnLane.Interactive));
    }

    [Fact]
    public void Withdraw_removes_a_waiting_item_and_gives_an_active_one_the_next_turn()
    {
        var schedule = new TurnSchedule<string>(maxActive: 3, maxWaiting: 8);
        foreach (var item in (string[])["a", "b", "c", "d"])
            schedule.TryAdd(item, TurnLane.Interactive);
        Turns(schedule, 3);

        Assert.True(schedule.Withdraw("d"));
        Assert.False(schedule.Withdraw("c"));

        Assert.Equal(["c", "a", "b"], Turns(schedule, 3));
        Assert.Equal(0, schedule.Waiting);
    }

    [Fact]
    public void Close_ends_turns_and_drain_returns_what_is_left()
    {
        var schedule = new TurnSchedule<string>(maxActive: 2, maxWaiting: 8);
        foreach (var item in (string[])["a", "b", "c"])
            schedule.TryAdd(item, TurnLane.Interactive);
        Assert.Equal("a", schedule.WaitTurn());

        schedule.Close();
        schedule.PutBack();

        Assert.Null(schedule.WaitTurn());
        Assert.Equal(["b", "a", "c"], schedule.Drain());
        Assert.Throws<ObjectDisposedException>(() => schedule.TryAdd("d", TurnLane.Interactive));
    }

    [Fact]
    public async Task A_waiting_thread_wakes_for_a_new_item()
    {
        var schedule = new TurnSchedule<string>(maxActive: 1, maxWaiting: 1);
        var turn = Task.Run(schedule.WaitTurn, TestContext.Current.CancellationToken);

        schedule.TryAdd("late", TurnLane.Interactive);

        Assert.Equal("late", await turn.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    private static List<string> Turns(TurnSchedule<string> schedule, int count)
    {
        var turns = new List<string>();
        for (var turn = 0; turn < count; turn++)
        {
            turns.Add(schedule.WaitTurn()!);
            schedule.PutBack();
        }
        return turns;
    }
}
