using System.Text.Json;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>A slice to train on.</summary>
/// <param name="Image">Its picture, under images/ of the sample set.</param>
/// <param name="Content">What is known of it.</param>
/// <param name="Blanked">Where its picture is black because that part of the volume is held out.</param>
public sealed record TrainingSlice(string Image, SliceContent Content, IReadOnlyList<BlankBand> Blanked)
{
    /// <summary>Every training slice, from images.jsonl; held-out slices are passed over.</summary>
    /// <param name="samplesFolder">The sample set.</param>
    public static IEnumerable<TrainingSlice> Load(string samplesFolder)
    {
        foreach (var line in File.ReadLines(Path.Combine(samplesFolder, "images.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var slice = document.RootElement;
            if (slice.GetProperty("split").GetString() != "train") continue;
            var plane = Enum.Parse<SlicePlane>(slice.GetProperty("plane").GetString()!, ignoreCase: true);
            var structures = slice.GetProperty("structures").EnumerateObject().Select(item => item.Value.ValueKind == JsonValueKind.Null ? (bool?)null : item.Value.GetBoolean());
            yield return new TrainingSlice(
                slice.GetProperty("image").GetString()!,
                new SliceContent(plane, slice.GetProperty("mm").GetInt32(), slice.GetProperty("skull").GetBoolean(), [.. structures]),
                [.. BlankBand.Of(slice, SliceGeometry.Size)]);
        }
    }
}
