using System.Runtime.InteropServices;

namespace HealthGpt.Storage.Files;

/// <summary>Tells that a file would outgrow what its file system or the process' limit (RLIMIT_FSIZE) allows.</summary>
public static partial class FileLimit
{
    private const int FileSizeSignal = 25;
    private const nint Ignore = 1;

    /// <summary>
    /// Has this process and those it starts see a file that would outgrow RLIMIT_FSIZE as a write that fails. Linux sends SIGXFSZ besides, which ends a process that does not ignore it, with
    /// whatever it had still to write. Call it as the program starts.
    /// </summary>
    public static void IgnoreSignal()
    {
        if (OperatingSystem.IsLinux()) _ = Handle(FileSizeSignal, Ignore);
    }

    /// <summary>The error of a write that failed so, for which the runtime throws an exception that is no <see cref="IOException"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">What the write threw.</param>
    /// <returns>The error to throw instead; null where it was something else.</returns>
    public static IOException? ErrorOf(string path, Exception error) => !IsTooLarge(error) ? null
        : new IOException($"'{path}' would be larger than its file system or the limit of the process (ulimit -f) allows", error);

    /// <summary>Whether an error is what opening a file or writing to it throws: a full disk, a read-only place, a missing right, a limit.</summary>
    /// <param name="error">What it threw.</param>
    /// <returns>Whether it is of the file, so that whoever can do without it goes on.</returns>
    public static bool IsOfFile(Exception error) => error is IOException or UnauthorizedAccessException || IsTooLarge(error);

    /// <summary>Why a file could not be written, as a part of a sentence.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">What <see cref="IsOfFile"/>.</param>
    /// <returns>The reason, without a full stop.</returns>
    public static string ReasonOf(string path, Exception error) => (ErrorOf(path, error) ?? error).Message.TrimEnd('.');

    // What the runtime makes of EFBIG (Interop.GetExceptionForIoErrno). Whoever writes the content may throw the same for a mistake of its own, in other words.
    private static bool IsTooLarge(Exception error) =>
        error is ArgumentOutOfRangeException { ParamName: "value" } && error.Message.StartsWith("Specified file length was too large", StringComparison.Ordinal);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Handle(int signal, nint handler);
}
