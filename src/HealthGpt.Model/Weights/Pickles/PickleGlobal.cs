namespace HealthGpt.Model.Weights.Pickles;

/// <summary>A name that a pickle refers to. It is a name only: nothing is looked up by it, and what may be built from it is decided by the reader of the file.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}
