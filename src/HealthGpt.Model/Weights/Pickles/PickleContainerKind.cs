namespace HealthGpt.Model.Weights.Pickles;

/// <summary>The kinds of container that a pickle may build.</summary>
internal enum PickleContainerKind
{
    List,
    Tuple,
    Set,
    Dictionary,
}
