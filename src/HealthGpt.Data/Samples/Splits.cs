namespace HealthGpt.Data.Samples;

/// <summary>The names of the splits.</summary>
internal static class Splits
{
    public const string Listed = "train, validation or test";

    public static bool Contains(string name) => name is "train" or "validation" or "test";
}
