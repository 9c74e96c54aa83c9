namespace HealthGpt.Model.Text;

/// <summary>A part of a text: an added token, or what stands between two of them.</summary>
/// <param name="Start">Where it starts.</param>
/// <param name="Length">How long it is, the swallowed white space included.</param>
/// <param name="Token">The added token, or null for plain text.</param>
internal readonly record struct TextSegment(int Start, int Length, AddedToken? Token);
