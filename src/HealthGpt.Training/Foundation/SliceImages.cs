using System.Text.Json;
using HealthGpt.Data.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: N slices, S side, K structures.

/// <summary>The training slices of the sample set with what is known of each; held-out slices are never loaded.</summary>
internal sealed class SliceImages : IDisposable
{
    private static readonly string[] Planes = ["axial", "coronal", "sagittal"];

    private SliceImages(Tensor pixels, Tensor plane, Tensor level, Tensor skull, Tensor structures, Tensor known)
    {
        Pixels = pixels;
        Plane = plane;
        Level = level;
        Skull = skull;
        Structures = structures;
        Known = known;
    }

    /// <summary><c>(N, 1, S, S)</c> in [0, 1].</summary>
    public Tensor Pixels { get; }

    /// <summary>Index of the plane, <c>(N)</c> int64.</summary>
    public Tensor Plane { get; }

    /// <summary>Position along the plane's axis in units of 50 mm, <c>(N)</c>.</summary>
    public Tensor Level { get; }

    /// <summary>1 where the skull is there, <c>(N)</c>.</summary>
    public Tensor Skull { get; }

    /// <summary>1 where a structure is in the slice, <c>(N, K)</c>.</summary>
    public Tensor Structures { get; }

    /// <summary>1 where that is known, <c>(N, K)</c>.</summary>
    public Tensor Known { get; }

    public int Count => (int)Pixels.shape[0];

    public static SliceImages Load(string folder)
    {
        var lines = File.ReadLines(Path.Combine(folder, "images.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("split").GetString() == "train").ToList();
        var pixels = lines.Select(line => Grey(Path.Combine(folder, "images", line.GetProperty("image").GetString()!))).ToList();
        var side = (long)Math.Sqrt(pixels[0].Length);
        var structures = lines.Select(line => line.GetProperty("structures").EnumerateObject().Select(item => item.Value.ValueKind).ToArray()).ToList();
        var (count, kinds) = ((long)lines.Count, (long)structures[0].Length);
        using var scope = NewDisposeScope();
        return new SliceImages(
            Keep(tensor(pixels.SelectMany(image => image).ToArray(), count, 1, side, side)),
            Keep(tensor(lines.Select(line => (long)Array.IndexOf(Planes, line.GetProperty("plane").GetString())).ToArray())),
            Keep(tensor(lines.Select(line => line.GetProperty("mm").GetSingle() / 50).ToArray())),
            Keep(tensor(lines.Select(line => line.GetProperty("skull").GetBoolean() ? 1f : 0f).ToArray())),
            Keep(tensor(structures.SelectMany(row => row.Select(kind => kind == JsonValueKind.True ? 1f : 0f)).ToArray(), count, kinds)),
            Keep(tensor(structures.SelectMany(row => row.Select(kind => kind == JsonValueKind.Null ? 0f : 1f)).ToArray(), count, kinds)));
    }

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
            return moved * (0.85 + (0.3 * random.NextDouble()));
        });
        return stack(images).clamp(0, 1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { Pixels, Plane, Level, Skull, Structures, Known }) tensor.Dispose();
    }
}
