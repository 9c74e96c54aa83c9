namespace HealthGpt.Model.Weights;

/// <summary>A weight file or model folder that cannot be used: says which file, which key, what was expected and what was found.</summary>
public sealed class WeightFileException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The file that was refused.</param>
    /// <param name="problem">What was expected and what was found.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public WeightFileException(string file, string problem, Exception? inner = null)
        : base($"{file}: {problem}", inner) => File = file;

    /// <summary>The file that was refused.</summary>
    public string File { get; }
}
