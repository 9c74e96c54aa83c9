using static TorchSharp.torch;

namespace HealthGpt.Model.Vision;

/// <summary>Patch features of images at the layers that were asked for (hierarchical visual perception); the class token is dropped.</summary>
/// <param name="Abstract">Output of the last layer but one, for comprehension, <c>(B, P, W)</c>; null unless asked for.</param>
/// <param name="Concrete">Output of the first layer, for generation, <c>(B, P, W)</c>; null unless asked for.</param>
public sealed record VisionFeatures(Tensor? Abstract, Tensor? Concrete) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        Abstract?.Dispose();
        Concrete?.Dispose();
    }
}
