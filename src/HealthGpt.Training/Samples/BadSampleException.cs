using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;

namespace HealthGpt.Training.Samples;

/// <summary>
/// A sample cannot be used. The message names no file: file names may tell who a patient is, and the message goes to logs and to the state of the job.
/// </summary>
internal sealed class BadSampleException : Exception
{
    public BadSampleException(string message)
        : base(message)
    {
    }

    /// <summary>Whether the same bytes would be refused again; otherwise it may be the disk.</summary>
    public bool Lasting { get; private init; } = true;

    /// <summary>Whether <see cref="From"/> has words for an error.</summary>
    public static bool Covers(Exception error) => error is BadSampleException or ImageFormatException or DatasetException or IOException or UnauthorizedAccessException;

    /// <summary>
    /// Says without a file name what an error means for the sample that was read. The error does not travel along: a log would write out what it says.
    /// </summary>
    public static BadSampleException From(Exception error) => error switch
    {
        BadSampleException bad => bad,
        ImageFormatException { InnerException: null } image => new BadSampleException($"a picture cannot be used: {image.Reason}"),
        FileNotFoundException or DirectoryNotFoundException => Passing("a picture of it does not exist"),
        DatasetException { SampleReason: { } reason } => Passing($"{reason}; `healthgpt data check` says more"),
        DatasetException => Passing("it changed since the dataset was opened, or a picture of it is gone; `healthgpt data check` says which"),
        _ => Passing("it or a picture of it cannot be read; `healthgpt data check` says which"),
    };

    private static BadSampleException Passing(string message) => new(message) { Lasting = false };
}
