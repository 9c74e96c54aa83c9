namespace HealthGpt.Data.Volumes;

/// <summary>A NIfTI file that cannot be read, with its name and the reason.</summary>
public sealed class NiftiFormatException : Exception
{
    /// <summary>Makes the error of one file.</summary>
    /// <param name="name">The file's path or name.</param>
    /// <param name="reason">Why it cannot be read and what to do.</param>
    /// <param name="inner">The cause, if another error led here.</param>
    public NiftiFormatException(string name, string reason, Exception? inner = null)
        : base($"volume '{name}': {reason}", inner)
    {
        Name = name;
        Reason = reason;
    }

    /// <summary>The file's path or name.</summary>
    public string Name { get; }

    /// <summary>Why it cannot be read.</summary>
    public string Reason { get; }
}
