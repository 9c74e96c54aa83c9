using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Devices;

/// <summary>Element type and device of tensors.</summary>
public static class TensorPlacement
{
    /// <summary>A tensor in an element type and on a device, or the same once more where it is so already. Gradients flow back to it, to where it is.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="type">The element type.</param>
    /// <param name="device">The device; null for the tensor's own.</param>
    /// <returns>The caller's.</returns>
    public static Tensor As(this Tensor tensor, ScalarType type, Device? device = null)
    {
        if (device is not null && tensor.device_type != device.type) return tensor.to(type, device);
        return tensor.dtype == type ? tensor.alias() : tensor.to(type);
    }
}
