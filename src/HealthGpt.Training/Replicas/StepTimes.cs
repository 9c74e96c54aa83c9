namespace HealthGpt.Training.Replicas;

/// <summary>Times of the parts of steps on one worker.</summary>
/// <param name="Data">Waiting for data, or doing on the device thread what was not prepared ahead.</param>
/// <param name="Forward">Forward passes.</param>
/// <param name="Backward">Backward passes.</param>
/// <param name="Exchange">Waiting for sums once the own work was done.</param>
internal readonly record struct StepTimes(TimeSpan Data, TimeSpan Forward, TimeSpan Backward, TimeSpan Exchange)
{
    public static StepTimes operator -(StepTimes later, StepTimes earlier) =>
        new(later.Data - earlier.Data, later.Forward - earlier.Forward, later.Backward - earlier.Backward, later.Exchange - earlier.Exchange);
}
