using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Serving;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Serving;

/// <summary>The catalog's side of one replica.</summary>
internal sealed class EngineWatch(DeviceLease lease, IInferenceGrain replica, ServingOptions options, TimeProvider time, ILogger logger)
{
    private Task? _release;
    private bool _isMissed;

    public EngineReport Report { get; private set; } = new() { Condition = EngineCondition.Loading };

    public bool Answers { get; private set; }

    public bool IsReleased => _release is { IsCompletedSuccessfully: true };

    public async Task PollAsync(string modelFolder, CancellationToken cancellationToken)
    {
        try
        {
            Report = await AskAsync(modelFolder, cancellationToken).WaitAsync(options.PollTimeout, time, cancellationToken);
            Answers = true;
            _isMissed = false;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            Answers = false;

            // Polled every moment: one line for each silence.
            if (!_isMissed) logger.LogWarning(error, "The replica of {Lease} on silo '{Silo}' does not answer.", lease.Id, lease.SiloName);
            _isMissed = true;
        }
    }

    public void BeginRelease()
    {
        if (_release is { IsFaulted: false, IsCanceled: false }) return;

        _release = replica.ReleaseAsync(CancellationToken.None);
        _release.Ignore();
    }

    public ReplicaStatus Status() => new()
    {
        Silo = lease.SiloName,
        Device = lease.Device,
        Lease = lease.Id,
        Key = replica.GetPrimaryKeyString(),
        Engine = Answers ? Report : Report with { Condition = EngineCondition.Loading },
    };

    private async Task<EngineReport> AskAsync(string modelFolder, CancellationToken cancellationToken)
    {
        var report = await replica.GetReportAsync(cancellationToken);
        return report.Condition == EngineCondition.Idle
            ? await replica.StartAsync(new EngineStart { ModelFolder = modelFolder, Device = lease.Device }, cancellationToken)
            : report;
    }
}
