using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HealthGpt.Training.Random;

/// <summary>Independent seeds out of one: a pure function of the job's seed, a stream's name and a place in it.</summary>
public static class KeyedSeed
{
    /// <summary>The seed of one place of one stream.</summary>
    /// <param name="seed">The job's seed.</param>
    /// <param name="stream">Name of the stream.</param>
    /// <param name="place">Place in the stream, such as step and shard.</param>
    /// <returns>64 well-mixed bits.</returns>
    public static ulong Of(ulong seed, string stream, params ReadOnlySpan<long> place)
    {
        var name = Encoding.UTF8.GetBytes(stream);
        var input = new byte[sizeof(ulong) * (1 + place.Length) + name.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(input, seed);
        for (var index = 0; index < place.Length; index++)
            BinaryPrimitives.WriteInt64LittleEndian(input.AsSpan(sizeof(ulong) * (1 + index)), place[index]);
        name.CopyTo(input, input.Length - name.Length);
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(input));
    }
}
