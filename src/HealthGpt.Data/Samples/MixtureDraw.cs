namespace HealthGpt.Data.Samples;

/// <summary>Which sample is drawn.</summary>
/// <param name="Part">Number of the part, from 0.</param>
/// <param name="Index">Number of the sample within it, from 0.</param>
/// <param name="Epoch">How often all samples of the part were drawn before.</param>
public readonly record struct MixtureDraw(int Part, int Index, long Epoch);
