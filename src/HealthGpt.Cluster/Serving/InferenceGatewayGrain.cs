using System.Runtime.CompilerServices;
using HealthGpt.Cluster.Abstractions.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Placement;

namespace HealthGpt.Cluster.Serving;

/// <summary>
/// Takes one request through: checks what can be checked without a model, picks the replica with the fewest requests, and goes to the next one if that dies
/// before it has said anything. What has been said cannot be taken back, so a later death ends the answer with an error.
/// </summary>
[PreferLocalPlacement]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class InferenceGatewayGrain(IOptions<ServingOptions> options, ILogger<InferenceGatewayGrain> logger) : Grain, IInferenceGatewayGrain
{
    public async IAsyncEnumerable<InferenceChunk> InferAsync(
        InferenceRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var status = await GrainFactory.GetGrain<IPluginCatalogGrain>(IPluginCatalogGrain.Key).GetStatusAsync(cancellationToken);
        Check(request, status);
        var replicas = await RankAsync(status.Replicas, cancellationToken);
        Exception? last = null;
        foreach (var replica in replicas)
        {
            await using var answer = replica.InferAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
            var (first, problem) = await TryBeginAsync(answer);
            if (problem is not null)
            {
                logger.LogWarning(problem, "Replica {Replica} did not begin to answer; the next one is asked.", replica.GetPrimaryKeyString());
                last = problem;
                continue;
            }

            if (first is null) yield break;

            yield return first;
            while (await answer.MoveNextAsync()) yield return answer.Current;
            yield break;
        }

        throw new ServingUnavailableException(
            $"None of {replicas.Count} replicas could take the request{(last is null ? "" : $": {last.Message.TrimEnd('.')}")}; send it again.");
    }

    private static void Check(InferenceRequest request, ServingStatus status)
    {
        if (status.State == ServingState.Stopped) throw new ServingUnavailableException("No model is served; serve one first, for example with 'healthgpt serve'.");
        if (status.State != ServingState.Ready)
            throw new ServingUnavailableException($"The model '{status.ModelFolder}' is not ready ({status.State}). {status.Error}".TrimEnd());

        var task = status.Tasks.FirstOrDefault(task => task.Task == request.Task)
            ?? throw new InferenceRequestException(
                "task",
                $"The task '{request.Task}' is not served; the served tasks are {string.Join(", ", status.Tasks.Select(known => $"'{known.Task}'"))}; "
                + "name one of them.");
        if (string.IsNullOrWhiteSpace(request.Question) && task.DefaultPrompt is null)
            throw new InferenceRequestException("question", $"The question is empty, but the task '{task.Task}' has no question of its own; ask something.");
        if (request.MaxTokens < 1)
            throw new InferenceRequestException("maxTokens", $"maxTokens is {request.MaxTokens}, but an answer has at least 1 token; leave it out or raise it.");
    }

    /// <summary>The replicas that answer now, the least busy first; among equals by lot, so that requests that come together part ways.</summary>
    private async Task<List<IInferenceGrain>> RankAsync(IReadOnlyList<ReplicaStatus> replicas, CancellationToken cancellationToken)
    {
        var asked = await Task.WhenAll(replicas.Select(replica => AskAsync(GrainFactory.GetGrain<IInferenceGrain>(replica.Key), cancellationToken)));
        return asked
            .Where(replica => replica.Report is { Condition: EngineCondition.Ready })
            .OrderBy(replica => replica.Report!.Active)
            .ThenBy(_ => Random.Shared.Next())
            .Select(replica => replica.Grain)
            .ToList();
    }

    private async Task<(IInferenceGrain Grain, EngineReport? Report)> AskAsync(IInferenceGrain replica, CancellationToken cancellationToken)
    {
        try
        {
            return (replica, await replica.GetReportAsync(cancellationToken).WaitAsync(options.Value.PollTimeout, cancellationToken));
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogWarning(error, "Replica {Replica} does not say how it is; it is passed over.", replica.GetPrimaryKeyString());
            return (replica, null);
        }
    }

    private static async Task<(InferenceChunk? First, Exception? Problem)> TryBeginAsync(IAsyncEnumerator<InferenceChunk> answer)
    {
        try
        {
            return (await answer.MoveNextAsync() ? answer.Current : null, null);
        }
        catch (Exception error) when (error is not (InferenceRequestException or OperationCanceledException))
        {
            return (null, error);
        }
    }
}
