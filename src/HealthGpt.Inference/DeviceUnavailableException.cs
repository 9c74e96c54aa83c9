using TorchSharp;

namespace HealthGpt.Inference;

/// <summary>The device that was asked for is not there, or this build cannot use it.</summary>
public sealed class DeviceUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="device">The device.</param>
    public DeviceUnavailableException(ComputeDevice device)
        : base($"There is no device '{device.ToString().ToLowerInvariant()}' that this build can use. Choose the CPU, or build with -p:Device=cuda on a machine with an NVIDIA GPU and its driver.") => Device = device;

    /// <summary>The device.</summary>
    public ComputeDevice Device { get; }

    /// <summary>Refuses a device that is not there.</summary>
    /// <exception cref="DeviceUnavailableException">It is not there.</exception>
    public static void ThrowIfMissing(ComputeDevice device)
    {
        if (device == ComputeDevice.Cuda && !torch.cuda.is_available()) throw new DeviceUnavailableException(device);
    }
}
