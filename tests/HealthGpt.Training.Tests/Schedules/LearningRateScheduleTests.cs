using HealthGpt.Training.Schedules;
using Xunit;

namespace HealthGpt.Training.Tests.Schedules;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(ScheduleKind.Constant, 1, 1, 1)]
    [InlineData(ScheduleKind.Warmup, 0.25, 1, 1)]
    [InlineData(ScheduleKind.Linear, 0.25, 1, 0.2)]
    [InlineData(ScheduleKind.Cosine, 0.25, 1, 0.0954915)]
    public void Rises_then_follows_its_shape(ScheduleKind kind, double first, double peak, double last)
    {
        var schedule = new LearningRateSchedule(kind, WarmupSteps: 4, Steps: 8);

        Assert.Equal(first, schedule.FactorAt(0), 6);
        Assert.Equal(peak, schedule.FactorAt(3), 6);
        Assert.Equal(last, schedule.FactorAt(7), 6);
    }
}
