using System.Globalization;
using HealthGpt.Storage.Files;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>Grain states, one file each. A write or clear whose ETag is not the stored one is refused.</summary>
internal sealed class FolderGrainStorage : IGrainStorage
{
    private const string Kind = "grain state";

    // Lock files are never deleted, so states share a fixed number of them; the number bounds how many states are written at once.
    private const int Locks = 16;

    private readonly string _name;
    private readonly ClusterFolder _folder;
    private readonly IGrainStorageSerializer _serializer;
    private readonly IActivatorProvider _activators;
    private readonly string _states;

    /// <summary>The storage provider <paramref name="name"/> over <paramref name="folder"/>.</summary>
    public FolderGrainStorage(string name, ClusterFolder folder, IGrainStorageSerializer serializer, IActivatorProvider activators)
    {
        _name = name;
        _folder = folder;
        _serializer = serializer;
        _activators = activators;
        _states = Path.Combine(folder.States, SafeFileName.For(name));
    }

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        StatePlace place = PlaceOf(stateName, grainId);
        SealedFile? file = await _folder.ReadAsync(() => SealedFile.Read(place.File, Kind, place.Name), cancellationToken);
        grainState.State = file is null ? NewState<T>() : Deserialize<T>(file, place) ?? NewState<T>();
        grainState.RecordExists = file is not null;
        grainState.ETag = file?.ETag;
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        StatePlace place = PlaceOf(stateName, grainId);
        string? expected = grainState.ETag;
        ReadOnlyMemory<byte> content = _serializer.Serialize(grainState.State).ToMemory();
        grainState.ETag = await Change(
            place,
            stored =>
            {
                Refuse(stored, expected, "write", place);
                string etag = ETags.After(stored);
                new SealedFile(Kind, place.Name, etag, content).Write(place.File);
                return etag;
            },
            cancellationToken);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        StatePlace place = PlaceOf(stateName, grainId);
        string? expected = grainState.ETag;
        await Change(
            place,
            stored =>
            {
                Refuse(stored, expected, "clear", place);
                AtomicFile.Delete(place.File);
                return true;
            },
            cancellationToken);
        grainState.State = NewState<T>();
        grainState.RecordExists = false;
        grainState.ETag = null;
    }

    // The interface still demands the older forms without a token.

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    private Task<T> Change<T>(StatePlace place, Func<string?, T> change, CancellationToken ct)
    {
        _folder.CreateFolder(_states);
        return _folder.ExclusiveAsync(place.Lock, () => change(SealedFile.Read(place.File, Kind, place.Name)?.ETag), ct);
    }

    private void Refuse(string? stored, string? expected, string action, StatePlace place)
    {
        if ((stored ?? string.Empty) == (expected ?? string.Empty))
            return;
        throw new InconsistentStateException(
            $"cannot {action} {place.Name} in storage '{_name}'; the stored state has ETag '{stored}' and the caller's is '{expected}', so another activation "
            + "changed it meanwhile; read the state again.",
            stored,
            expected);
    }

    private T? Deserialize<T>(SealedFile file, StatePlace place)
    {
        try
        {
            return _serializer.Deserialize<T>(new BinaryData(file.Content));
        }
        catch (Exception e)
        {
            throw SealedFile.Damaged(place.File, Kind, $"its content is no {typeof(T).Name}: {e.Message}", e);
        }
    }

    private T NewState<T>() => _activators.GetActivator<T>().Create();

    private StatePlace PlaceOf(string stateName, GrainId grainId)
    {
        string name = $"{grainId}/{stateName}";
        string fileName = SafeFileName.For(name);
        int number = Convert.ToInt32(fileName[^2..], 16) % Locks;
        return new StatePlace(
            name,
            Path.Combine(_states, fileName + ".state"),
            Path.Combine(_states, string.Create(CultureInfo.InvariantCulture, $"{number:x}.lock")));
    }

    private readonly record struct StatePlace(string Name, string File, string Lock);
}
