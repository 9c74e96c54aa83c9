namespace HealthGpt.Soak.Weights;

/// <summary>A good file from which bad ones are made.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">The whole file.</param>
/// <param name="Description">The part that describes the tensors: a safetensors header or a pickle.</param>
/// <param name="Wrap">Makes the file around another description, with lengths that fit.</param>
internal sealed record SeedFile(string Name, byte[] Bytes, byte[] Description, Func<byte[], byte[]> Wrap);
