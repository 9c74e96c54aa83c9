using System.Runtime.ExceptionServices;

namespace HealthGpt.Training.Pipeline;

/// <summary>
/// Prepares the micro-batches to come on threads of its own, in the order in which they are taken. What is prepared ahead is bounded in bytes; besides, each
/// thread holds the one picture that it decodes. Of a picture that several micro-batches need the first one takes care. The number of threads changes no bit.
/// </summary>
internal sealed class BatchPipeline : IDisposable
{
    private readonly MicroBatchLoader _loader;
    private readonly PipelineLimits _limits;
    private readonly DataClock _clock;
    private readonly IEnumerator<MicroBatchPlan> _plans;
    private readonly object _gate = new();
    private readonly Dictionary<long, Item> _items = [];
    private readonly Dictionary<string, long> _claims = new(StringComparer.Ordinal);
    private readonly Thread[] _threads;
    private MicroBatchPlan? _waiting;
    private ExceptionDispatchInfo? _failure;
    private long _next;
    private long _taken = -1;
    private long _held;
    private bool _exhausted;
    private bool _ending;

    /// <param name="plans">The micro-batches in the order in which they are taken; asked by one thread at a time.</param>
    /// <param name="loader">Prepares one.</param>
    /// <param name="limits">How much is prepared ahead.</param>
    /// <param name="clock">Counts the time that is waited.</param>
    public BatchPipeline(IEnumerable<MicroBatchPlan> plans, MicroBatchLoader loader, PipelineLimits limits, DataClock clock)
    {
        (_plans, _loader, _limits, _clock) = (plans.GetEnumerator(), loader, limits, clock);
        _threads = [.. Enumerable.Range(0, limits.Threads).Select(number => new Thread(Prepare) { IsBackground = true, Name = $"data {number}" })];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>The most bytes that were held at once.</summary>
    public long MostHeld { get; private set; }

    /// <summary>Takes the next micro-batch, which is valid until the one after it is taken.</summary>
    /// <param name="step">The step that it must be of.</param>
    /// <param name="shard">The shard that it must be of.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Replicas.JobFailureException">A sample of it is no longer what was indexed.</exception>
    public MicroBatch Take(int step, int shard, CancellationToken cancellationToken) => _clock.Measure(() =>
    {
        var item = Await(cancellationToken);
        if (item.Plan.Step != step || item.Plan.Shard != shard)
            throw new InvalidOperationException($"shard {shard} of step {step} was asked for, but shard {item.Plan.Shard} of step {item.Plan.Step} is next");
        item.Error?.Throw();
        return item.Batch!;
    });

    /// <summary>Takes so many micro-batches, each once the one before is done with.</summary>
    public IEnumerable<MicroBatch> TakeAll(int step, int shard, int count, CancellationToken cancellationToken)
    {
        for (; count > 0; count--) yield return Take(step, shard, cancellationToken);
    }

    /// <summary>Ends the threads; a picture that is being decoded is finished first.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads) thread.Join();
        _plans.Dispose();
    }

    private Item Await(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var wake = cancellationToken.Register(Wake);
        Item? own = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ending, this);
            Release(_taken++);
            if (_threads.Length == 0) own = Claim();
        }

        if (own is not null) Load(own);
        lock (_gate)
        {
            while (true)
            {
                if (_items.TryGetValue(_taken, out var item) && item.Done) return item;
                if (_exhausted && _taken >= _next) _failure?.Throw();
                if (_exhausted && _taken >= _next) throw new InvalidOperationException("there is no further micro-batch");
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }
        }
    }

    private void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    private void Prepare()
    {
        while (NextToLoad() is { } item) Load(item);
    }

    private Item? NextToLoad()
    {
        lock (_gate)
        {
            Item? item = null;
            while (!_ending && !_exhausted && (item = Claim()) is null) Monitor.Wait(_gate);
            if (item is null) Monitor.PulseAll(_gate);
            return _ending ? null : item;
        }
    }

    /// <summary>Takes the next plan if there is room for it; the first of all that are held always has room.</summary>
    private Item? Claim()
    {
        if (_exhausted || (_waiting is null && !Advance())) return null;
        var plan = _waiting!;
        var bytes = _loader.MostBytesOf(plan.Samples);
        if (_held > 0 && _held + bytes > _limits.Bytes) return null;
        _waiting = null;
        var item = new Item(_next, plan, bytes);
        _items.Add(_next++, item);
        Hold(bytes);
        return item;
    }

    private bool Advance()
    {
        try
        {
            _exhausted = !_plans.MoveNext();
        }
        catch (Exception thrown)
        {
            (_failure, _exhausted) = (ExceptionDispatchInfo.Capture(thrown), true);
        }

        _waiting = _exhausted ? null : _plans.Current;
        return !_exhausted;
    }

    private void Load(Item item)
    {
        MicroBatch? batch = null;
        ExceptionDispatchInfo? error = null;
        try
        {
            batch = _loader.Load(item.Plan.Samples, key => TryClaim(key, item));
        }
        catch (Exception thrown)
        {
            // It belongs to the step that needs the micro-batch and is told there.
            error = ExceptionDispatchInfo.Capture(thrown);
        }

        lock (_gate)
        {
            (item.Batch, item.Error, item.Done) = (batch, error, true);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Gives a picture to a micro-batch unless an earlier one has it: that will have been computed when this one is.</summary>
    private bool TryClaim(string key, Item item)
    {
        lock (_gate)
        {
            if (_claims.TryGetValue(key, out var owner) && owner <= item.Number) return owner == item.Number && item.Keys.Add(key);
            _claims[key] = item.Number;
            item.Keys.Add(key);
            return true;
        }
    }

    private void Release(long number)
    {
        if (!_items.Remove(number, out var item)) return;
        foreach (var key in item.Keys)
            if (_claims.TryGetValue(key, out var owner) && owner == number) _claims.Remove(key);
        Hold(-item.Bytes);
        Monitor.PulseAll(_gate);
    }

    private void Hold(long bytes)
    {
        _held += bytes;
        MostHeld = Math.Max(MostHeld, _held);
    }

    private sealed class Item(long number, MicroBatchPlan plan, long bytes)
    {
        public long Number { get; } = number;

        public MicroBatchPlan Plan { get; } = plan;

        public long Bytes { get; } = bytes;

        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

        public MicroBatch? Batch { get; set; }

        public ExceptionDispatchInfo? Error { get; set; }

        public bool Done { get; set; }
    }
}
