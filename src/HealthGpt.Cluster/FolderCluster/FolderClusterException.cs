namespace HealthGpt.Cluster.FolderCluster;

/// <summary>The folder of a cluster cannot be used, or one of its files is damaged. The message says what, why and what to do.</summary>
[GenerateSerializer]
public sealed class FolderClusterException : Exception
{
    /// <summary>Creates the exception without details.</summary>
    public FolderClusterException()
    {
    }

    /// <summary>Creates the exception with a whole message.</summary>
    public FolderClusterException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a whole message and its cause.</summary>
    public FolderClusterException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception from what failed, why, and what to do about it.</summary>
    public FolderClusterException(string what, string why, string whatToDo, Exception? cause = null)
        : base($"{what}; {why.TrimEnd('.', '\n')}; {whatToDo}", cause)
    {
    }
}
