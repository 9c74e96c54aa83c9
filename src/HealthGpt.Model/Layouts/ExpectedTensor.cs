namespace HealthGpt.Model.Layouts;

/// <summary>A tensor that a part of a model must hold.</summary>
/// <param name="Name">Its key in the published files.</param>
/// <param name="Shape">Its shape, row major.</param>
internal sealed record ExpectedTensor(string Name, params long[] Shape)
{
    /// <summary>The number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (elements, size) => checked(elements * size));
}
