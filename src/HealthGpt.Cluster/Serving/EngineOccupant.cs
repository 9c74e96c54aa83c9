using System.Runtime.CompilerServices;
using HealthGpt.Cluster.Abstractions.Serving;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Serving;

/// <summary>An engine in its device's slot, from the moment it starts to load.</summary>
internal sealed class EngineOccupant : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<IServingEngine> _engine;
    private int _active;

    public EngineOccupant(IServingEngines engines, string modelFolder, ILogger logger)
    {
        _engine = Task.Run(() => LoadAsync(engines, modelFolder, logger));
        _engine.Ignore();
    }

    public EngineReport Report() => _engine.Status switch
    {
        TaskStatus.RanToCompletion => new EngineReport { Condition = EngineCondition.Ready, Active = Volatile.Read(ref _active), Tasks = _engine.Result.Tasks },
        TaskStatus.Faulted => new EngineReport { Condition = EngineCondition.Failed, Error = _engine.Exception!.InnerException!.Message },
        TaskStatus.Canceled => new EngineReport { Condition = EngineCondition.Failed, Error = "The engine was stopped while it loaded." },
        _ => new EngineReport { Condition = EngineCondition.Loading },
    };

    public async IAsyncEnumerable<InferenceChunk> InferAsync(InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!_engine.IsCompletedSuccessfully)
            throw new ServingUnavailableException($"The replica is {Report().Condition}; it takes no requests; send the request again.");

        Interlocked.Increment(ref _active);
        try
        {
            await foreach (var chunk in _engine.Result.GenerateAsync(request, cancellationToken))
                yield return chunk;
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)_engine).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_engine.IsCompletedSuccessfully) await _engine.Result.DisposeAsync();
    }

    private async Task<IServingEngine> LoadAsync(IServingEngines engines, string modelFolder, ILogger logger)
    {
        try
        {
            return await engines.LoadAsync(modelFolder, _stop.Token);
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            logger.LogError(error, "The model '{ModelFolder}' could not be loaded.", modelFolder);
            throw;
        }
    }
}
