namespace HealthGpt.Model.Layouts;

/// <summary>Every tensor that a part of a model holds, by the part's own configuration.</summary>
/// <param name="Owner">What the part is, for messages.</param>
/// <param name="Tensors">The tensors, in the order that published files have.</param>
/// <param name="MayHold">Which others may lie beside them; they are not read.</param>
internal sealed record PartLayout(string Owner, IReadOnlyList<ExpectedTensor> Tensors, Func<string, bool> MayHold)
{
    /// <summary>The number of elements of all tensors.</summary>
    public long Elements => Tensors.Sum(tensor => tensor.Elements);
}
