namespace HealthGpt.Inference;

/// <summary>Where a model computes.</summary>
public enum ComputeDevice
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU; the build must have brought CUDA's libtorch (<c>-p:Device=cuda</c>).</summary>
    Cuda,
}
