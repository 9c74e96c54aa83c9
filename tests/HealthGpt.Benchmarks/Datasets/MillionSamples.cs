using System.Globalization;
using HealthGpt.Data.Images;

namespace HealthGpt.Benchmarks.Datasets;

/// <summary>A large file of samples whose pictures are few and small, so that the samples alone are measured.</summary>
internal static class MillionSamples
{
    public const int Count = 1_000_000;

    private const int Images = 1000;

    private static readonly string[] Findings = ["no acute abnormality", "a small left pleural effusion", "mild cardiomegaly", "an enlarged lateral ventricle", "a fracture of the distal radius"];

    /// <summary>Writes the file and its pictures.</summary>
    /// <returns>The file.</returns>
    public static string Write(string folder)
    {
        var png = RgbImage.FromGrey(1, 1, [0]).EncodePng();
        var images = Directory.CreateDirectory(Path.Combine(folder, "images")).FullName;
        for (var image = 0; image < Images; image++)
            File.WriteAllBytes(Path.Combine(images, $"slice_{image:D4}.png"), png);
        var path = Path.Combine(folder, "vqa.jsonl");
        using var writer = new StreamWriter(path);
        var random = new Random(20279);
        for (var n = 0; n < Count; n++)
            writer.Write(Line(n, random));
        return path;
    }

    private static string Line(int n, Random random)
    {
        var finding = Findings[random.Next(Findings.Length)];
        return string.Create(CultureInfo.InvariantCulture, $$$"""
            {"id":"{{{n}}}","image":"images/slice_{{{random.Next(Images):D4}}}.png","conversations":[{"from":"human","value":"<image>\nWhat does this examination of case {{{n}}} show, and how certain is it?"},{"from":"gpt","value":"The examination shows {{{finding}}}. Compared with the earlier study there is no change."},{"from":"human","value":"Is a further examination needed?"},{"from":"gpt","value":"No."}],"split":"{{{(n % 10 == 0 ? "validation" : "train")}}}"}

            """);
    }
}
