using System.Globalization;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Data.Images;

namespace HealthGpt.Benchmarks.Training;

/// <summary>
/// A dataset of one question on each of some pictures of 512 x 512: real slices, enlarged, each with noise of its own so that no two are equal and PNG has
/// work.
/// </summary>
internal static class LargePictures
{
    public const int Side = 512;
    private const int Noise = 7;

    /// <summary>Writes the dataset.</summary>
    /// <returns>The dataset file.</returns>
    public static string Write(string folder, int count)
    {
        var images = Directory.CreateDirectory(Path.Combine(folder, "images")).FullName;
        var slices = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(Repository.Dataset)!, "images"), "*_head.png").Order(StringComparer.Ordinal).ToArray();
        var random = new Random(20291);
        using var lines = new StreamWriter(Path.Combine(folder, "vqa.jsonl"));
        for (var n = 0; n < count; n++)
        {
            var picture = Resampling.Resize(RgbImage.Load(slices[n % slices.Length]), Side, Side, ResampleFilter.Bicubic);
            for (var at = 0; at < picture.Pixels.Length; at += 3)
                picture.Pixels.AsSpan(at, 3).Fill((byte)Math.Clamp(picture.Pixels[at] + random.Next(-Noise, Noise + 1), 0, 255));
            picture.SavePng(Path.Combine(images, $"{n:D4}.png"));
            lines.Write(string.Create(CultureInfo.InvariantCulture, $$$"""
                {"image":"{{{n:D4}}}.png","conversations":[{"from":"human","value":"<image>\nWhich plane is this?"},{"from":"gpt","value":"sagittal"}]}

                """));
        }

        var path = Path.Combine(folder, "dataset.yaml");
        File.WriteAllText(path, """
            sources: [{ samples: vqa.jsonl, root: images/, task: vqa, split: train }]
            tasks: { vqa: { kind: comprehension } }
            """);
        return path;
    }
}
