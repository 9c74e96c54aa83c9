namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>A request is wrong and changed nothing.</summary>
[GenerateSerializer]
public sealed class InferenceRequestException : Exception
{
    /// <summary>Names the part of the request and what is wrong with it.</summary>
    public InferenceRequestException(string param, string message)
        : base(message) => Param = param;

    /// <summary>The part of the request: <c>task</c>, <c>question</c>, <c>images</c> or <c>maxTokens</c>.</summary>
    [Id(0)]
    public string Param { get; }
}
