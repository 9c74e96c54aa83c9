namespace HealthGpt.Inference;

/// <summary>A request that cannot be answered as it is: its sender has to change it.</summary>
public sealed class RequestException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="param">The wrong part of the request, as clients write it: task, question, images, maxTokens.</param>
    /// <param name="message">What is wrong, why, and what to do.</param>
    public RequestException(string param, string message) : base(message) => Param = param;

    /// <summary>The wrong part of the request, as clients write it.</summary>
    public string Param { get; }
}
