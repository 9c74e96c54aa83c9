using HealthGpt.Data.Images;
using HealthGpt.Data.SampleSets;
using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: N slices, S side, K statements.

/// <summary>The training slices of the sample set with what is known of each; held-out slices are never loaded.</summary>
internal sealed class SliceImages : IDisposable
{
    private SliceImages(Tensor pixels, Tensor facts, Tensor known)
    {
        Pixels = pixels;
        Facts = facts;
        Known = known;
    }

    /// <summary><c>(N, 1, S, S)</c> in [0, 1].</summary>
    public Tensor Pixels { get; }

    /// <summary>1 where a statement of <see cref="SliceFacts"/> holds, <c>(N, K)</c>.</summary>
    public Tensor Facts { get; }

    /// <summary>1 where it says something of the slice, <c>(N, K)</c>.</summary>
    public Tensor Known { get; }

    public int Count => (int)Pixels.shape[0];

    public static SliceImages Load(string folder)
    {
        var slices = SliceFacts.OfTrainingSlices(folder).Select(slice => (slice.Image, Facts: SliceFacts.Of(slice.Content))).ToList();
        var pixels = slices.Select(slice => Grey(Path.Combine(folder, "images", slice.Image))).ToList();
        var side = (long)Math.Sqrt(pixels[0].Length);
        using var scope = NewDisposeScope();
        return new SliceImages(
            Keep(tensor(pixels.SelectMany(image => image).ToArray(), slices.Count, 1, side, side)),
            Keep(Statements(slices, fact => fact == true)),
            Keep(Statements(slices, fact => fact is not null)));
    }

    private static Tensor Statements(List<(string Image, IReadOnlyList<bool?> Facts)> slices, Func<bool?, bool> one) =>
        tensor(slices.SelectMany(slice => slice.Facts.Select(fact => one(fact) ? 1f : 0f)).ToArray(), slices.Count, SliceFacts.Count);

    private static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope();

    private static float[] Grey(string path)
    {
        var image = RgbImage.Load(path);
        var grey = new float[image.Width * image.Height];
        for (var i = 0; i < grey.Length; i++) grey[i] = image.Pixels[3 * i] / 255f;
        return grey;
    }

    /// <summary>Rows of <see cref="Pixels"/>, each shifted by up to 8 pixels and scaled in brightness; <c>(B, 1, S, S)</c>.</summary>
    public Tensor Augmented(long[] rows, System.Random random, int shift = 8)
    {
        using var scope = NewDisposeScope();
        var side = Pixels.shape[2];
        var images = rows.Select(row =>
        {
            var padded = nn.functional.pad(Pixels[row], [shift, shift, shift, shift]);
            var moved = padded.narrow(1, random.Next(2 * shift + 1), side).narrow(2, random.Next(2 * shift + 1), side);
            return moved.Times(0.85 + (0.3 * random.NextDouble()));
        });
        return stack(images).Within(0, 1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { Pixels, Facts, Known }) tensor.Dispose();
    }
}
