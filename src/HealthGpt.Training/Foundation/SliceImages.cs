using HealthGpt.Data.Images;
using HealthGpt.Data.SampleSets;
using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Foundation;

// Shapes: N slices, S side, K statements.

/// <summary>
/// The training slices of the sample set with what is known of each; held-out slices are never loaded. Every slice is there as it is, black where it crosses what
/// is held out, and with these bands covered in two ways (<see cref="Bands"/>).
/// </summary>
internal sealed class SliceImages : IDisposable
{
    private const int MostBands = 3;
    private const int AsItIsOneIn = 6;
    private const double Turn = 0.15;
    private const double Zoom = 0.15;
    private const double Shift = 0.12;
    private readonly Tensor[] _versions;

    private SliceImages(Tensor[] versions, Tensor facts, Tensor known)
    {
        _versions = versions;
        Facts = facts;
        Known = known;
    }

    /// <summary>1 where a statement of <see cref="SliceFacts"/> holds, <c>(N, K)</c>.</summary>
    public Tensor Facts { get; }

    /// <summary>1 where it says something of the slice, <c>(N, K)</c>.</summary>
    public Tensor Known { get; }

    public int Count => (int)_versions[0].shape[0];

    public static SliceImages Load(string folder)
    {
        var slices = TrainingSlice.Load(folder).ToList();
        var facts = slices.Select(slice => SliceFacts.Of(slice.Content)).ToList();
        using var scope = NewDisposeScope();
        var blanked = stack(slices.Select(slice => Grey(Path.Combine(folder, "images", slice.Image))));
        return new SliceImages(
            [Keep(blanked), Keep(Covered(blanked, slices, Bands.Bridge)), Keep(Covered(blanked, slices, Bands.Mirror))],
            Keep(Statements(facts, fact => fact == true)),
            Keep(Statements(facts, fact => fact is not null)));
    }

    private static Tensor Covered(Tensor blanked, List<TrainingSlice> slices, Action<Tensor, BlankBand> cover)
    {
        var covered = blanked.clone();
        for (var row = 0; row < slices.Count; row++)
        {
            foreach (var band in slices[row].Blanked) cover(covered[row], band);
        }

        return covered;
    }

    private static Tensor Statements(List<IReadOnlyList<bool?>> facts, Func<bool?, bool> one) =>
        tensor(facts.SelectMany(statements => statements.Select(fact => one(fact) ? 1f : 0f)).ToArray(), facts.Count, SliceFacts.Count);

    private static Tensor Keep(Tensor tensor) => tensor.MoveToOuterDisposeScope();

    private static Tensor Grey(string path)
    {
        var image = RgbImage.Load(path);
        var grey = new float[image.Width * image.Height];
        for (var i = 0; i < grey.Length; i++) grey[i] = image.Pixels[3 * i] / 255f;
        return tensor(grey, 1, image.Height, image.Width);
    }

    /// <summary>Rows in any version, each shifted by up to <paramref name="shift"/> pixels and scaled in brightness; <c>(B, 1, S, S)</c> in [0, 1].</summary>
    public Tensor Shifted(long[] rows, System.Random random, int shift = 8)
    {
        using var scope = NewDisposeScope();
        var side = _versions[0].shape[2];
        var images = rows.Select(row =>
        {
            var padded = nn.functional.pad(_versions[random.Next(_versions.Length)][row], [shift, shift, shift, shift]);
            var moved = padded.narrow(1, random.Next((2 * shift) + 1), side).narrow(2, random.Next((2 * shift) + 1), side);
            return moved.Times(0.85 + (0.3 * random.NextDouble()));
        });
        return stack(images).Within(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Rows, most with their bands covered, with further bands anywhere, turned, zoomed, shifted, mirrored and with another contrast: what still tells a slice is its
    /// anatomy. <c>(B, 1, S, S)</c> in [0, 1].
    /// </summary>
    public Tensor Varied(long[] rows, System.Random random)
    {
        using var scope = NewDisposeScope();
        var pictures = stack(rows.Select(row => Banded(row, random)));
        var places = tensor(rows.SelectMany(_ => Transformation(random)).ToArray(), rows.Length, 2, 3);
        var grid = nn.functional.affine_grid(places, pictures.shape, align_corners: false);
        var moved = nn.functional.grid_sample(pictures, grid, align_corners: false).Within(0, 1);
        var gamma = tensor(rows.Select(_ => (float)Math.Exp((random.NextDouble() - 0.5) * 0.8)).ToArray()).view(-1, 1, 1, 1);
        return moved.pow(gamma).MoveToOuterDisposeScope();
    }

    private Tensor Banded(long row, System.Random random)
    {
        if (random.Next(AsItIsOneIn) == 0) return _versions[0][row];
        var picture = _versions[1 + random.Next(_versions.Length - 1)][row].clone();
        for (var bands = random.Next(MostBands + 1); bands > 0; bands--)
        {
            var band = Bands.Any((int)picture.shape[1], random);
            Action<Tensor, BlankBand> cover = random.Next(3) switch { 0 => Bands.Blank, 1 => Bands.Bridge, _ => Bands.Mirror };
            cover(picture, band);
        }

        return picture;
    }

    private static float[] Transformation(System.Random random)
    {
        double Within(double most) => ((2 * random.NextDouble()) - 1) * most;
        var (angle, scale, mirror) = (Within(Turn), 1 + Within(Zoom), random.Next(2) == 0 ? -1 : 1);
        return
        [
            (float)(mirror * scale * Math.Cos(angle)), (float)(-scale * Math.Sin(angle)), (float)Within(Shift),
            (float)(mirror * scale * Math.Sin(angle)), (float)(scale * Math.Cos(angle)), (float)Within(Shift),
        ];
    }

    public void Dispose()
    {
        foreach (var tensor in _versions) tensor.Dispose();
        Facts.Dispose();
        Known.Dispose();
    }
}
