namespace HealthGpt.Inference.Scheduling;

/// <summary>What a device's thread does until its schedule is closed.</summary>
internal static class TurnLoop
{
    /// <summary>Runs turns; a failing one ends that item only. After the schedule is closed the items left are failed.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="stopped">Makes what the items left are failed with.</param>
    public static void Run(TurnSchedule<ITurn> schedule, Func<Exception> stopped)
    {
        while (schedule.WaitTurn() is { } item)
        {
            if (!item.Withdrawn && Advance(item))
            {
                schedule.PutBack();
                continue;
            }
            End(item);
            schedule.Release();
        }
        foreach (var item in schedule.Drain())
        {
            item.Fail(stopped());
            End(item);
        }
    }

    private static bool Advance(ITurn item)
    {
        try
        {
            return item.Advance();
        }
        catch (Exception exception)
        {
            item.Fail(exception);
            return false;
        }
    }

    // Nothing that one item does may end the loop: all others would wait for ever.
    private static void End(ITurn item)
    {
        try
        {
            item.Dispose();
        }
        catch (Exception exception)
        {
            item.Fail(exception);
        }
    }
}
