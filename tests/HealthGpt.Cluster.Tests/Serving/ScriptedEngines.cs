using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Cluster.Devices;
using HealthGpt.Cluster.Serving;

namespace HealthGpt.Cluster.Tests.Serving;

/// <summary>Engines without tensors: the answer repeats the question word by word and says which silo spoke.</summary>
internal sealed class ScriptedEngines(SiloDevices silo) : IServingEngines
{
    /// <summary>Silos whose engine dies when a request comes, before it has said anything.</summary>
    public static ConcurrentDictionary<string, bool> Mute { get; } = new();

    public Task<IServingEngine> LoadAsync(string modelFolder, CancellationToken cancellationToken) =>
        modelFolder.EndsWith("broken", StringComparison.Ordinal)
            ? Task.FromException<IServingEngine>(new InvalidDataException("decoder.safetensors: SHA-256 differs"))
            : Task.FromResult<IServingEngine>(new Engine(silo.SiloName));

    private sealed class Engine(string siloName) : IServingEngine
    {
        public IReadOnlyList<ServedTask> Tasks { get; } = new ServedTask[] { new() { Task = "vqa", Kind = "comprehension", Plugin = "vqa" } };

        public async IAsyncEnumerable<InferenceChunk> GenerateAsync(InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (Mute.ContainsKey(siloName)) throw new InvalidOperationException("the device is gone");
            if (request.Images.Any(image => image.Length == 0)) throw new InferenceRequestException("images", "Image 1 is empty; send a PNG or JPEG file.");

            yield return new InferenceChunk { Text = siloName, Tokens = 1 };
            foreach (var word in request.Question.Split(' '))
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return new InferenceChunk { Text = " " + word, Tokens = 2 };
            }

            yield return new InferenceChunk { Finish = "stop" };
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
