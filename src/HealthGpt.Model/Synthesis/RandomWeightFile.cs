using System.Security.Cryptography;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace HealthGpt.Model.Synthesis;

/// <summary>Writes a safetensors file of random numbers, a block at a time: while one block is made, the block before it is hashed and written.</summary>
internal sealed class RandomWeightFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[][] _buffers = [new byte[4 * RandomElements.Block], new byte[4 * RandomElements.Block]];
    private Task _hashing = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;
    private long _length;
    private int _turn;

    private RandomWeightFile(string path) => _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);

    /// <summary>Writes a file.</summary>
    /// <param name="path">The new file.</param>
    /// <param name="tensors">Its tensors, in their order.</param>
    /// <param name="type">Their element type.</param>
    /// <param name="seed">The seed of all.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>SHA-256 of the file, lower-case hexadecimal.</returns>
    public static string Write(string path, IReadOnlyList<ExpectedTensor> tensors, ScalarType type, ulong seed, CancellationToken cancellationToken)
    {
        using var file = new RandomWeightFile(path);
        file.WriteHeader(tensors, type);
        foreach (var tensor in tensors) file.WriteTensor(tensor, type, seed, cancellationToken);
        return file.Finish();
    }

    private void WriteHeader(IReadOnlyList<ExpectedTensor> tensors, ScalarType type)
    {
        using var header = new MemoryStream();
        SafetensorsWriter.WriteHeader(header, tensors.Select(tensor => (tensor.Name, type, tensor.Shape)), SafetensorsWriter.PyTorchFormat);
        Append(header.ToArray());
    }

    private void WriteTensor(ExpectedTensor tensor, ScalarType type, ulong seed, CancellationToken cancellationToken)
    {
        var size = SafetensorsFormat.BytesOf(type);
        for (var block = 0L; block * RandomElements.Block < tensor.Elements; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var elements = _buffers[_turn].AsMemory(0, (int)Math.Min(RandomElements.Block, tensor.Elements - (block * RandomElements.Block)) * size);
            _turn = 1 - _turn;
            StartingWeights.Fill(elements.Span, tensor, type, seed, block);
            Append(elements);
        }
    }

    // The part before this one must be out: parts are hashed in order, and its buffer is the next to be filled.
    private void Append(ReadOnlyMemory<byte> part)
    {
        Wait();
        var offset = _length;
        _length += part.Length;
        _hashing = Task.Run(() => _hash.AppendData(part.Span));
        _writing = Task.Run(() => RandomAccess.Write(_file, part.Span, offset));
    }

    private string Finish()
    {
        Wait();
        RandomAccess.FlushToDisk(_file);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    private void Wait()
    {
        _hashing.GetAwaiter().GetResult();
        _writing.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        try
        {
            Task.WaitAll(_hashing, _writing);
        }
        catch (AggregateException)
        {
            // Thrown already where the part was waited for; here the buffers must only be free.
        }

        _hash.Dispose();
        _file.Dispose();
    }
}
