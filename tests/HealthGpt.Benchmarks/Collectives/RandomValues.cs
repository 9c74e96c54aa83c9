namespace HealthGpt.Benchmarks.Collectives;

/// <summary>Values of a gradient's size that a fixed seed decides.</summary>
internal static class RandomValues
{
    private const int Seed = 20274;

    public static float[] Create(int length, int which)
    {
#pragma warning disable CA5394 // Numbers to add up, no secret.
        var random = new Random(Seed + which);
        var values = new float[length];
        for (var at = 0; at < length; at++) values[at] = random.NextSingle() - 0.5f;
#pragma warning restore CA5394
        return values;
    }
}
