using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Cluster.Devices;
using HealthGpt.Cluster.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;

namespace HealthGpt.Cluster.Serving;

/// <summary>
/// Keeps as many replicas of a model as were asked for. It needs no reminder: what it holds is stored, replicas serve without it, and whoever asks it activates it.
/// </summary>
internal sealed class PluginCatalogGrain(
    [PersistentState("catalog", HealthGptStorage.Name)] IPersistentState<CatalogRecord> stored,
    ClusterDevices cluster,
    IOptions<ServingOptions> options,
    TimeProvider time,
    ILogger<PluginCatalogGrain> logger) : Grain, IPluginCatalogGrain
{
    private const string Owner = "serving";
    private const string ManifestFile = "healthgpt.json";

    private readonly Dictionary<string, EngineWatch> _watches = new(StringComparer.Ordinal);
    private CatalogRecord _record = new();
    private IGrainTimer? _timer;

    private IDevicePoolGrain Pool => GrainFactory.GetGrain<IDevicePoolGrain>(IDevicePoolGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _record = stored.State;
        if (!_record.NeedsCare) return;

        StartTimer();

        // So that the first who asks after a move is told of the replicas that there are.
        await PollAsync(cancellationToken);
    }

    public async Task<ServingStatus> ServeAsync(string modelFolder, int replicas, CancellationToken cancellationToken = default)
    {
        if (replicas < 1) throw new ServingRefusedException($"replicas is {replicas}, but serving needs at least 1; ask for 1 or more.");
        if (!Path.IsPathFullyQualified(modelFolder))
        {
            throw new ServingRefusedException(
                $"The model folder '{modelFolder}' is not an absolute path; silos have other working folders than you; give its full path.");
        }

        if (!File.Exists(Path.Combine(modelFolder, ManifestFile)))
        {
            throw new ServingRefusedException(
                $"The folder '{modelFolder}' is no model folder; it has no {ManifestFile}; name the folder that a job has exported, or a model of models/.");
        }

        var isServed = _record.ModelFolder == modelFolder && _record.Replicas == replicas && Status().State != ServingState.Failed;
        if (!isServed) await SaveAsync(_record.Serve(modelFolder, replicas, time.GetUtcNow()), cancellationToken);
        StartTimer();
        return Status();
    }

    public Task<ServingStatus> GetStatusAsync(CancellationToken cancellationToken = default) => Task.FromResult(Status());

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_record.ModelFolder is null) return;

        await SaveAsync(_record.Serve(null, 0, time.GetUtcNow()), cancellationToken);
        StartTimer();
    }

    private ServingStatus Status() =>
        ServingSummary.Of(_record, _record.Leases.Select(lease => WatchOf(lease).Status()).ToArray(), time.GetUtcNow(), options.Value.StartDeadline);

    private void StartTimer() =>
        _timer ??= this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TimeSpan.Zero, options.Value.PollPeriod) { KeepAlive = true });

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RetireAsync(cancellationToken);
            await LeaseAsync(cancellationToken);
            await PollAsync(cancellationToken);
            if (_record.NeedsCare) return;

            _timer?.Dispose();
            _timer = null;
        }
        catch (InconsistentStateException)
        {
            DeactivateOnIdle();
        }
        catch (Exception error)
        {
            logger.LogWarning(error, "A round of the plugin catalog failed and is tried again.");
        }
    }

    private async Task RetireAsync(CancellationToken cancellationToken)
    {
        var free = new List<string>();
        foreach (var lease in _record.Retiring)
        {
            var watch = WatchOf(lease);
            watch.BeginRelease();
            if (watch.IsReleased || await cluster.IsGoneAsync(lease.SiloAddress, cancellationToken)) free.Add(lease.Id);
        }

        if (free.Count == 0) return;

        await Pool.ReleaseAsync(free, cancellationToken);
        await SaveAsync(_record with { Retiring = _record.Retiring.Where(lease => !free.Contains(lease.Id)).ToArray() }, cancellationToken);
    }

    private async Task LeaseAsync(CancellationToken cancellationToken)
    {
        var gone = await cluster.GoneAsync(_record.Leases.Select(lease => lease.SiloAddress), cancellationToken);
        var living = _record.Leases.Where(lease => !gone.Contains(lease.SiloAddress)).ToList();
        var hasLost = living.Count < _record.Leases.Count;
        if (living.Count < _record.Replicas)
        {
            // Leases that are in no list were given to an activation that ended before it could write them down.
            var held = await Pool.GetLeasesAsync(Owner, cancellationToken);
            living.AddRange(held.Where(lease => living.Concat(_record.Retiring).All(known => known.Id != lease.Id)).Take(_record.Replicas - living.Count));
            var missing = _record.Replicas - living.Count;
            if (missing > 0) living.AddRange(await Pool.LeaseAsync(Owner, null, missing, cancellationToken: cancellationToken));
        }

        if (!hasLost && living.Count == _record.Leases.Count) return;

        if (hasLost) logger.LogWarning("A silo that served a replica has left the cluster.");
        await SaveAsync(_record with { Leases = living.ToArray(), Since = hasLost ? time.GetUtcNow() : _record.Since }, cancellationToken);
    }

    private Task PollAsync(CancellationToken cancellationToken) =>
        _record.ModelFolder is { } folder ? Task.WhenAll(_record.Leases.Select(lease => WatchOf(lease).PollAsync(folder, cancellationToken))) : Task.CompletedTask;

    private EngineWatch WatchOf(DeviceLease lease)
    {
        if (_watches.TryGetValue(lease.Id, out var watch)) return watch;

        var replica = GrainFactory.GetGrain<IInferenceGrain>(LeaseKey.For(Owner, lease));
        return _watches[lease.Id] = new EngineWatch(lease, replica, options.Value, time, logger);
    }

    private async Task SaveAsync(CatalogRecord record, CancellationToken cancellationToken)
    {
        stored.State = record;
        try
        {
            await stored.WriteStateAsync(cancellationToken);
            _record = record;
        }
        catch (Exception error)
        {
            stored.State = _record;
            if (error is InconsistentStateException) DeactivateOnIdle();
            throw;
        }
    }
}
