namespace HealthGpt.Collectives;

/// <summary>Why a rank was not let into a group.</summary>
public enum JoinRefusal
{
    /// <summary>The other side speaks another protocol or version.</summary>
    Protocol = 1,

    /// <summary>The other side knows no such job and generation (yet).</summary>
    UnknownGroup = 2,

    /// <summary>The job has gone on to a higher generation.</summary>
    StaleGeneration = 3,

    /// <summary>The job's secret was not proved.</summary>
    WrongSecret = 4,

    /// <summary>The two sides have different lists of members, or the rank has no place in it.</summary>
    MembersDiffer = 5,

    /// <summary>The group has formed already, or forms in this process.</summary>
    AlreadyFormed = 6,

    /// <summary>One side asks for shared memory that the two cannot share.</summary>
    Transport = 7,

    /// <summary>One side speaks TLS and the other does not.</summary>
    Encryption = 8,
}
