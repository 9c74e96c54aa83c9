namespace HealthGpt.Model.Decoder;

/// <summary>Where the shorter rows of a batch are filled up.</summary>
public enum PaddingSide
{
    /// <summary>Before their first token.</summary>
    Left,

    /// <summary>After their last token.</summary>
    Right,
}
