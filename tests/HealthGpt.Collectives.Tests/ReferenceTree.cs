namespace HealthGpt.Collectives.Tests;

/// <summary>The tree's sum written as the plain recursion.</summary>
internal static class ReferenceTree
{
    public static float[] Sum(float[][] shards, int start, int end)
    {
        if (end - start == 1)
            return shards[start];
        int middle = start + ((end - start + 1) / 2);
        float[] left = Sum(shards, start, middle);
        float[] right = Sum(shards, middle, end);
        return [.. left.Zip(right, (a, b) => a + b)];
    }

    /// <summary>Values of very different sizes, so that any other order of sums shows in the bits.</summary>
    public static float[][] RandomShards(Random random, int shards, int length) =>
        [.. Enumerable.Range(0, shards).Select(_ => Enumerable.Range(0, length).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-6, 7))).ToArray())];

    public static int[] Bits(ReadOnlySpan<float> values) => [.. values.ToArray().Select(BitConverter.SingleToInt32Bits)];
}
