namespace HealthGpt.Model.Weights.Pickles;

/// <summary>A list, tuple, set or dictionary of a pickle. Dictionaries hold keys and values in turn: nothing of a pickle is hashed or compared.</summary>
internal sealed class PickleContainer(PickleContainerKind kind)
{
    public PickleContainerKind Kind { get; } = kind;

    public List<object?> Items { get; init; } = [];

    /// <summary>How far <see cref="PickleGraph"/> is with this container: null before, 0 within, its size when written out after.</summary>
    public long? WrittenOut { get; set; }

    /// <summary>Keys and values of a dictionary.</summary>
    public IEnumerable<(object? Key, object? Value)> Pairs
    {
        get
        {
            for (var at = 0; at + 1 < Items.Count; at += 2) yield return (Items[at], Items[at + 1]);
        }
    }
}
