namespace HealthGpt.Cli;

/// <summary>What the process answers to its caller.</summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Tried and failed.</summary>
    public const int Failed = 1;

    /// <summary>The arguments are wrong; nothing was tried.</summary>
    public const int WrongArguments = 2;

    /// <summary>A file (configuration, job, dataset) is wrong.</summary>
    public const int WrongFile = 78;

    /// <summary>Interrupted by a signal.</summary>
    public const int Interrupted = 130;
}
