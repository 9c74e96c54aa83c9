namespace HealthGpt.Data.Images;

/// <summary>An image that cannot be read, with its name and the reason.</summary>
public sealed class ImageFormatException : Exception
{
    /// <summary>Makes the error of one image.</summary>
    /// <param name="name">What the image is called: a path or an upload's name.</param>
    /// <param name="reason">Why it cannot be read and what to do.</param>
    /// <param name="inner">The cause, if another error led here.</param>
    public ImageFormatException(string name, string reason, Exception? inner = null)
        : base($"image '{name}': {reason}", inner)
    {
        Name = name;
        Reason = reason;
    }

    /// <summary>What the image is called.</summary>
    public string Name { get; }

    /// <summary>Why it cannot be read.</summary>
    public string Reason { get; }
}
