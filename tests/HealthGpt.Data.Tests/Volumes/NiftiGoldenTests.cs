using System.Text.Json;
using HealthGpt.Data.Tests.Golden;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Volumes;

/// <summary>Every volume of the reference, as nibabel reads it.</summary>
public sealed class NiftiGoldenTests
{
    private static readonly IReadOnlyDictionary<string, GoldenTensor> Slices = GoldenFile.Tensors("nifti", "expected.safetensors");

    public static TheoryData<string, string> Files
    {
        get
        {
            using var facts = GoldenFile.Json("nifti", "facts.json");
            return [.. facts.RootElement.GetProperty("files").EnumerateArray().Select(file => (file.GetProperty("file").GetString()!, file.GetRawText()))];
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Load_AgreesWithNibabel(string name, string facts)
    {
        using var document = JsonDocument.Parse(facts);
        var facit = document.RootElement;
        var shape = facit.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToList();
        var frames = Enumerable.Range(0, shape.Skip(3).Aggregate(1, (product, size) => product * size))
            .Select(frame => NiftiVolume.Load(GoldenFile.PathOf("nifti", name), new NiftiReadOptions { Frame = frame })).ToList();
        var volume = frames[0];
        Assert.Equal(shape.Take(3), volume.Shape);
        Assert.Equal(frames.Count, volume.Frames);
        CheckAffine(facit, volume);
        CheckStatistics(facit, [.. frames.SelectMany(frame => frame.Voxels.ToArray())]);
        var canonical = volume.ToRas();
        Assert.Equal(facit.GetProperty("canonical_shape").EnumerateArray().Select(size => size.GetInt32()).Take(3), canonical.Shape);
        CheckMiddleSlice(canonical, Slices[name + ".axial_middle_ras"]);
        CheckPicture(volume.Slices(SlicePlane.Axial), Slices[name + ".axial_middle_ras"]);
    }

    private static void CheckAffine(JsonElement facit, NiftiVolume volume)
    {
        var affine = facit.GetProperty("affine").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetDouble()).ToArray();
        for (var i = 0; i < 16; i++)
            Assert.Equal(affine[i], volume.Affine[i / 4, i % 4], 1e-5);
    }

    private static void CheckStatistics(JsonElement facit, float[] values)
    {
        if (facit.GetProperty("mean").ValueKind == JsonValueKind.Null)
        {
            Assert.Contains(values, float.IsNaN);
            return;
        }

        Near(facit.GetProperty("min").GetDouble(), values.Min(), "min");
        Near(facit.GetProperty("max").GetDouble(), values.Max(), "max");
        Near(facit.GetProperty("mean").GetDouble(), values.Average(value => (double)value), "mean");
    }

    private static void CheckMiddleSlice(NiftiVolume volume, GoldenTensor expected)
    {
        Assert.Equal(expected.Shape, volume.Shape.Take(2));
        var z = volume.Shape[2] / 2;
        for (var x = 0; x < volume.Shape[0]; x++)
        {
            for (var y = 0; y < volume.Shape[1]; y++)
                Near(expected.Floats[(x * volume.Shape[1]) + y], volume[x, y, z], $"[{x},{y},{z}]");
        }
    }

    // The same values as the picture of it: the last column and row come first.
    private static void CheckPicture(VolumeSlices slices, GoldenTensor expected)
    {
        var slice = slices[slices.Count / 2];
        for (var i = 0; i < slice.Values.Length; i++)
        {
            int x = slice.Width - 1 - (i % slice.Width), y = slice.Height - 1 - (i / slice.Width);
            Near(expected.Floats[(x * slice.Height) + y], slice.Values[i], $"pixel {i}");
        }
    }

    private static void Near(double expected, double actual, string what) =>
        Assert.True(actual.Equals(expected) || Math.Abs(actual - expected) <= 1e-5 * Math.Max(1, Math.Abs(expected)), $"{what}: {actual}, not {expected}");
}
