namespace HealthGpt.Model.Text;

/// <summary>Ids of plain text between added tokens.</summary>
internal interface ISegmentEncoder
{
    /// <summary>Adds the ids of a segment.</summary>
    /// <param name="text">The normalised text, not empty.</param>
    /// <param name="first">Whether the whole text begins with it.</param>
    /// <param name="ids">Where the ids go.</param>
    void Encode(string text, bool first, List<int> ids);
}
