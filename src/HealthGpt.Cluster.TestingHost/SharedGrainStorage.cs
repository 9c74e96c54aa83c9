using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace HealthGpt.Cluster.TestingHost;

/// <summary>
/// Grain storage that belongs to the cluster and not to a silo: Orleans' own memory storage keeps states in grains, which die with the silo they live on. It
/// refuses writes with an old ETag, as any storage for HealthGPT must.
/// </summary>
internal sealed class SharedGrainStorage(SharedGrainStorage.Shelf shelf, Serializer serializer) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (shelf.States.TryGetValue((stateName, grainId), out var stored))
        {
            grainState.State = serializer.Deserialize<T>(stored.Bytes);
            grainState.ETag = stored.ETag;
            grainState.RecordExists = true;
        }
        else
        {
            grainState.State = Activator.CreateInstance<T>();
            grainState.ETag = null;
            grainState.RecordExists = false;
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var bytes = serializer.SerializeToArray(grainState.State);
        lock (shelf)
        {
            Check(stateName, grainId, grainState.ETag);
            var etag = shelf.NextETag();
            shelf.States[(stateName, grainId)] = (bytes, etag);
            grainState.ETag = etag;
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (shelf)
        {
            Check(stateName, grainId, grainState.ETag);
            shelf.States.TryRemove((stateName, grainId), out _);
            grainState.State = Activator.CreateInstance<T>();
            grainState.ETag = null;
            grainState.RecordExists = false;
        }

        return Task.CompletedTask;
    }

    private void Check(string stateName, GrainId grainId, string? etag)
    {
        var stored = shelf.States.TryGetValue((stateName, grainId), out var present) ? present.ETag : null;
        if (stored != etag)
            throw new InconsistentStateException($"The state '{stateName}' of {grainId} has been written by another activation.", stored, etag);
    }

    /// <summary>What all silos of one cluster share.</summary>
    internal sealed class Shelf
    {
        private long _writes;

        public ConcurrentDictionary<(string State, GrainId Grain), (byte[] Bytes, string ETag)> States { get; } = new();

        public string NextETag() => (++_writes).ToString(CultureInfo.InvariantCulture);
    }
}
