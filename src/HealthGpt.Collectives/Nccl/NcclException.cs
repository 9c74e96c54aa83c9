namespace HealthGpt.Collectives.Nccl;

/// <summary>A call into NCCL failed.</summary>
public sealed class NcclException : Exception
{
    internal NcclException(string function, int result, string meaning)
        : base($"{function} failed: {meaning} (ncclResult_t {result}); NCCL_DEBUG=WARN makes NCCL say more")
    {
        Function = function;
        Result = result;
    }

    /// <summary>The function's name.</summary>
    public string Function { get; }

    /// <summary>The ncclResult_t that it returned.</summary>
    public int Result { get; }
}
