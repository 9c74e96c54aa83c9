namespace HealthGpt.Inference.Scheduling;

/// <summary>What a device's thread does until its schedule is closed.</summary>
public static class TurnLoop
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
            item.Dispose();
            schedule.Release();
        }
        foreach (var item in schedule.Drain())
        {
            item.Fail(stopped());
            item.Dispose();
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
}
