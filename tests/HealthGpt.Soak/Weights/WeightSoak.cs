using System.Text.RegularExpressions;

namespace HealthGpt.Soak.Weights;

/// <summary>Reads many mutated weight files and keeps count.</summary>
internal sealed partial class WeightSoak(IReadOnlyList<SeedFile> seeds, int seed)
{
    private readonly SortedDictionary<string, int> _reasons = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private long _started = Environment.TickCount64;

    public int Files { get; private set; }

    public int Read { get; private set; }

    public int Refused { get; private set; }

    public TimeSpan Slowest { get; private set; }

    /// <summary>The largest part of its allowance that a file took.</summary>
    public double LargestShare { get; private set; }

    public IReadOnlyList<string> Faults => _faults;

    /// <summary>How often each reason was given, numbers and names left out.</summary>
    public IReadOnlyDictionary<string, int> Reasons => _reasons;

    /// <summary>Since when the present file is read, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long Started => Volatile.Read(ref _started);

    /// <summary>The mutated file of a number.</summary>
    public byte[] Make(int number) => Mutation.Make(new Random(unchecked((seed * 1_000_003) + number)), seeds);

    /// <summary>Reads the mutated files of some numbers, each from a file in a folder.</summary>
    public void Run(string folder, int files, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, "mutated.bin");
        for (var number = 0; number < files && !cancellationToken.IsCancellationRequested; number++)
        {
            Volatile.Write(ref _started, Environment.TickCount64);
            File.WriteAllBytes(path, Make(number));
            Count(number, Probe.Run(path), path);
        }
    }

    private void Count(int number, Probe probe, string path)
    {
        Files++;
        if (probe.Took > Slowest) Slowest = probe.Took;
        LargestShare = Math.Max(LargestShare, (double)probe.Allocated / probe.Allowed);
        if (probe.Fault is not null) _faults.Add($"file {number} of seed {seed}: {probe.Fault}");
        if (probe.Refusal is null)
        {
            if (probe.Fault is null) Read++;
            return;
        }

        Refused++;
        var reason = Variable().Replace(probe.Refusal[(path.Length + 2)..], "_");
        reason = reason.Length > 90 ? reason[..90] : reason;
        _reasons[reason] = _reasons.GetValueOrDefault(reason) + 1;
    }

    [GeneratedRegex(@"'[^']*'|-?[0-9]+|\[[^]]*\]")]
    private static partial Regex Variable();
}
