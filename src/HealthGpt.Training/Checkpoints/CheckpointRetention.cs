using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Checkpoints;

/// <summary>Decides which checkpoints go.</summary>
internal sealed class CheckpointRetention(CheckpointPolicy policy)
{
    private readonly Dictionary<long, bool> _known = [];

    /// <summary>Remembers one that was written or read whole.</summary>
    public void IsWhole(long step) => _known[step] = true;

    /// <summary>Remembers one that could not be read: it takes nobody's place, because it cannot be gone back to.</summary>
    public void IsDamaged(long step) => _known[step] = false;

    /// <summary>All but the last so many whole ones, and the first of every so many steps.</summary>
    /// <param name="steps">The steps that have a folder, newest first.</param>
    /// <param name="look">Looks whether one is whole; asked once of each.</param>
    public async Task<IReadOnlyList<long>> SurplusAsync(IReadOnlyList<long> steps, Func<long, Task<bool>> look)
    {
        var whole = new List<long>();
        foreach (var step in steps)
        {
            if (!_known.TryGetValue(step, out var known)) _known[step] = known = await look(step);
            if (known) whole.Add(step);
        }

        var kept = whole.Take(policy.Keep).Concat(Lasting(whole)).ToHashSet();
        return [.. steps.Where(step => !kept.Contains(step))];
    }

    // A window has as many steps as so many checkpoints are apart. Its first one is the same whatever else is left of it.
    private IEnumerable<long> Lasting(List<long> whole) => policy.KeepEvery is not { } every ? []
        : whole.Where(step => step >= (long)every * policy.EverySteps).GroupBy(step => step / ((long)every * policy.EverySteps)).Select(window => window.Min());
}
