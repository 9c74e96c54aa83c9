using HealthGpt.Training.Jobs;
using HealthGpt.Training.Optimizers;

namespace HealthGpt.Training.Replicas;

/// <summary>What the members of a fresh group have, and what follows from it: who gives what to whom. All members come to the same answers.</summary>
internal sealed class Standings
{
    private readonly IReadOnlyList<Standing> _all;
    private readonly long _trained;

    public Standings(TrainingJob job, IReadOnlyList<Standing> all)
    {
        _all = all;
        Furthest = all.Max(standing => standing.CommittedSteps);
        if (Furthest == 0) return;
        var (phase, done) = job.PositionAt(Furthest - 1) ?? throw new InvalidDataException($"the state holds {Furthest} steps, but the job has {job.TotalSteps}; it belongs to another job");
        Phase = phase;
        EndsPhase = done + 1 == phase.Steps;
        var front = all.Where(standing => standing.CommittedSteps == Furthest).ToList();
        // Who was brought up by a group that ended before the moments came does not know.
        _trained = front.Max(standing => standing.Trained);
        Source = Enumerable.Range(0, all.Count).Where(IsAtFront).OrderBy(rank => all[rank].IsPartial).First();
        // Where the phase goes on, who has all weights has its part of the moments too, and the pieces of all make the rest whole.
        NeedsWeights = EndsPhase ? front.All(standing => standing.IsPartial) : front.Any(standing => standing.IsPartial);
        Receivers = [.. Enumerable.Range(0, all.Count).Where(rank => !IsAtFront(rank) || (EndsPhase && !NeedsWeights && all[rank].IsPartial))];
        Cover = NeedsMoments || NeedsWeights ? CoverOf() : [];
    }

    public Standing this[int rank] => _all[rank];

    /// <summary>The most steps that a member has applied.</summary>
    public long Furthest { get; }

    /// <summary>The phase of the last of them; null where there is none.</summary>
    public JobPhase? Phase { get; }

    /// <summary>Whether it is the phase's last step, after which there are no moments.</summary>
    public bool EndsPhase { get; }

    /// <summary>Who gives weights and history.</summary>
    public int Source { get; }

    /// <summary>Who takes them.</summary>
    public IReadOnlyList<int> Receivers { get; } = [];

    /// <summary>Whether no member that could be the source has the last step in all its weights, so that they come from many.</summary>
    public bool NeedsWeights { get; }

    /// <summary>Whether there are moments.</summary>
    public bool NeedsMoments => Furthest > 0 && !EndsPhase;

    /// <summary>Pieces that make up all trained weights, in order, each with a rank that has it.</summary>
    public IReadOnlyList<(WeightRange Range, int Rank)> Cover { get; } = [];

    /// <summary>Whether a part of the moments, or of the last step's weights, is with nobody any more.</summary>
    public bool IsLost => (NeedsMoments || NeedsWeights) && (_trained == 0 || Cover.Sum(piece => piece.Range.Length) < _trained);

    /// <summary>The step that members could apply and others have; 0 where there is none.</summary>
    public bool AwaitsPending => Furthest > 0 && Enumerable.Range(0, _all.Count).Any(IsPendingOf);

    /// <summary>Whether a member has all that it needs to go on with a partition.</summary>
    public bool IsInPlace(ZeroPartition partition) =>
        !NeedsWeights && Enumerable.Range(0, _all.Count).All(rank => IsAtFront(rank) && !_all[rank].IsPartial && _all[rank].Kept.SequenceEqual(partition.HeldBy(rank)));

    /// <summary>Whether a member could apply what those at the front have applied.</summary>
    public bool IsPendingOf(int rank) => _all[rank].PendingStep == Furthest && _all[rank].CommittedSteps == Furthest - 1;

    private bool IsAtFront(int rank) => _all[rank].CommittedSteps == Furthest;

    private List<(WeightRange Range, int Rank)> CoverOf()
    {
        var cover = new List<(WeightRange Range, int Rank)>();
        var kept = Enumerable.Range(0, _all.Count).Where(IsAtFront).SelectMany(rank => _all[rank].Kept.Select(range => (Range: range, Rank: rank))).ToList();
        for (var at = 0L; ; at = cover[^1].Range.End)
        {
            var next = kept.Where(part => part.Range.Start <= at && part.Range.End > at).OrderByDescending(part => part.Range.End).ThenBy(part => part.Rank).ToList();
            if (next.Count == 0) return cover;
            cover.Add((new WeightRange(at, next[0].Range.End - at), next[0].Rank));
        }
    }
}
