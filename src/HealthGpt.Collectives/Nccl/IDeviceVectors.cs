namespace HealthGpt.Collectives.Nccl;

/// <summary>What a sum on a device needs of the library that computes there. All addresses are of device memory with float32, all calls come from the thread of the reduction.</summary>
public interface IDeviceVectors
{
    /// <summary>Room for so many elements, valid until the next call and apart from all values and results.</summary>
    /// <returns>Its address, aligned as the device likes it.</returns>
    nint Scratch(long elements);

    /// <summary>Puts left + right, rounded once as float32, into <paramref name="into"/>, which may be <paramref name="left"/>; queued on the stream.</summary>
    void Add(nint left, nint right, nint into, long count, nint stream);

    /// <summary>Copies; queued on the stream.</summary>
    void Copy(nint from, nint into, long count, nint stream);
}
