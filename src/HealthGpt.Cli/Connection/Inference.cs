using System.Diagnostics;
using System.Text;
using HealthGpt.Cluster.Abstractions.Serving;

namespace HealthGpt.Cli.Connection;

/// <summary>Requests through the gateway grain.</summary>
internal static class Inference
{
    /// <summary>Asks and gathers the streamed answer; asked again when a silo dies meanwhile, which decoding without chance makes harmless.</summary>
    public static Task<Answer> AskAsync(this ClusterConnection connection, InferenceRequest request, TimeSpan deadline, CancellationToken cancellationToken) =>
        connection.CallAsync((grains, token) => GatherAsync(grains, request, token), deadline, cancellationToken);

    private static async Task<Answer> GatherAsync(IGrainFactory grains, InferenceRequest request, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var gateway = grains.GetGrain<IInferenceGatewayGrain>(Guid.NewGuid().ToString("N"));
        var text = new StringBuilder();
        InferenceChunk? last = null;
        byte[]? image = null;
        await foreach (var chunk in gateway.InferAsync(request, cancellationToken).WithCancellation(cancellationToken))
        {
            text.Append(chunk.Text);
            image = chunk.ImagePng ?? image;
            last = chunk;
        }

        return new Answer
        {
            Text = text.ToString().Trim(),
            Tokens = last?.Tokens ?? 0,
            ImagePng = image,
            Finish = last?.Finish,
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }
}
