namespace HealthGpt.Model.Text;

/// <summary>A token that is found in a text before anything else is done to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
public sealed record AddedToken(int Id, string Content)
{
    /// <summary>It has a meaning of its own and is left out of decoded text.</summary>
    public bool Special { get; init; }

    /// <summary>It is found only where no letter, mark, digit or underscore stands beside it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>It swallows the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>It swallows the white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>It is looked for in the normalised text instead of the text as written.</summary>
    public bool Normalized { get; init; }
}
