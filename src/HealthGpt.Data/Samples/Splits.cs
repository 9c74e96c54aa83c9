namespace HealthGpt.Data.Samples;

/// <summary>The names of the splits.</summary>
internal static class Splits
{
    public const string Listed = "train, validation or test";

    public static bool Contains(string name) => name is "train" or "validation" or "test";

    /// <summary>The number that stands for a split in an index.</summary>
    public static byte NumberOf(string name) => name switch
    {
        "train" => 0,
        "validation" => 1,
        "test" => 2,
        _ => throw new ArgumentException($"the split is '{name}', but must be {Listed}", nameof(name)),
    };
}
