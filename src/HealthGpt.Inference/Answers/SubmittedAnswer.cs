using HealthGpt.Inference.Scheduling;

namespace HealthGpt.Inference.Answers;

/// <summary>An answer in the schedule, withdrawn from it when its reader leaves.</summary>
internal sealed class SubmittedAnswer(TurnSchedule<ITurn> schedule, Answer answer) : IDisposable
{
    /// <summary>Puts the answer in the queue; false when it is full.</summary>
    public bool Submit()
    {
        try
        {
            return schedule.TryAdd(answer, answer.Lane);
        }
        catch (ObjectDisposedException)
        {
            throw new EngineStoppedException("The engine is stopped. Send the request to another one.");
        }
    }

    public IAsyncEnumerable<GenerationChunk> ReadAsync(CancellationToken cancellationToken) => answer.ReadAsync(cancellationToken);

    /// <summary>Marked first: an answer on the device's thread is then freed at its next turn, which withdrawing makes the very next.</summary>
    public void Dispose()
    {
        answer.Withdraw();
        schedule.Withdraw(answer);
    }
}
