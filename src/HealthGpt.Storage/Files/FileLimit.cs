namespace HealthGpt.Storage.Files;

/// <summary>Tells that a file would outgrow what its file system or the process' limit (RLIMIT_FSIZE) allows.</summary>
public static class FileLimit
{
    /// <summary>The error of a write that failed so, for which the runtime throws an exception that is no <see cref="IOException"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">What the write threw.</param>
    /// <returns>The error to throw instead; null where it was something else.</returns>
    public static IOException? ErrorOf(string path, Exception error) => error is not ArgumentOutOfRangeException ? null
        : new IOException($"'{path}' would be larger than its file system or the limit of the process (ulimit -f) allows", error);
}
