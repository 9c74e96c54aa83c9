namespace HealthGpt.Collectives.Nccl;

/// <summary>NCCL's library is not there or lacks a function; the message says where it was looked for and what to do.</summary>
public sealed class NcclLibraryException : Exception
{
    internal NcclLibraryException(string message)
        : base(message)
    {
    }
}
