using System.Globalization;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Folders;

/// <summary>How the vision tower wants its images, from preprocessor_config.json.</summary>
/// <param name="Size">Side of the square, in pixels.</param>
/// <param name="Mean">Mean of each channel, in [0, 1].</param>
/// <param name="Std">Standard deviation of each channel, in [0, 1].</param>
public sealed record ImagePreparation(int Size, IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    /// <summary>CLIP's own means and deviations.</summary>
    /// <param name="size">Side of the square, in pixels.</param>
    public static ImagePreparation Clip(int size) => new(size, [0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);

    private const int MostSide = 4096;

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tower">The tower that the images are for; null where only the file is looked at.</param>
    /// <exception cref="WeightFileException">It is missing, of another form, asks for what is not implemented, or for images of another size than the tower's.</exception>
    public static ImagePreparation Load(string path, VisionConfig? tower = null)
    {
        using var fields = ConfigFields.Open(path);
        foreach (var step in (string[])["do_resize", "do_center_crop", "do_rescale", "do_normalize"]) fields.RefuseUnless(step, "True");
        // Bicubic, by the number that PIL gives it, and 1/255, which files write with more or fewer digits.
        fields.RefuseUnless("resample", 3);
        if (fields.Has("rescale_factor") && Math.Abs(fields.Number("rescale_factor", 0, 0, double.MaxValue) * 255 - 1) > 1e-4) throw fields.Refusal("rescale_factor", "1/255");
        var preparation = new ImagePreparation(SideOf("crop_size", fields), fields.Numbers("image_mean"), fields.Numbers("image_std"));
        preparation.Require(path, tower);
        if (fields.Has("size") && SideOf("size", fields) != preparation.Size) throw fields.Refusal("size", $"a shortest edge of {preparation.Size}, as crop_size says,");
        return preparation;
    }

    // A number in older files, such as that of openai/clip-vit-large-patch14-336; height and width in newer ones, or the shortest edge.
    private static int SideOf(string field, ConfigFields fields)
    {
        if (!fields.IsObject(field)) return fields.Count(field, MostSide);
        var size = fields.Object(field)!;
        if (size.Has("shortest_edge")) return size.Count("shortest_edge", MostSide);
        var (height, width) = (size.Count("height", MostSide), size.Count("width", MostSide));
        return height == width ? height : throw fields.Refusal(field, "a height equal to the width");
    }

    private void Require(string path, VisionConfig? tower)
    {
        if (tower is not null && Size != tower.ImageSize)
            throw new WeightFileException(path, $"has crop_size = {Size}, but the tower's config.json has image_size = {tower.ImageSize}; take both files from the same place");
        RequireChannels(path, "image_mean", Mean, least: -10);
        RequireChannels(path, "image_std", Std, least: 1e-4f);
    }

    private static void RequireChannels(string path, string field, IReadOnlyList<float> values, float least)
    {
        if (values.Count != 3 || values.Any(value => !(value >= least && value <= 10)))
            throw new WeightFileException(path, string.Create(CultureInfo.InvariantCulture, $"has {field} = [{Joined(values)}], but three numbers from {least} to 10 are needed"));
    }

    /// <summary>Writes the file that <see cref="Load"/> and transformers read.</summary>
    public void Save(string path) => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "image_processor_type": "CLIPImageProcessor",
          "crop_size": { "height": {{Size}}, "width": {{Size}} },
          "size": { "shortest_edge": {{Size}} },
          "do_center_crop": true,
          "do_convert_rgb": true,
          "do_normalize": true,
          "do_rescale": true,
          "do_resize": true,
          "resample": 3,
          "rescale_factor": 0.00392156862745098,
          "image_mean": [{{Joined(Mean)}}],
          "image_std": [{{Joined(Std)}}]
        }

        """));

    private static string Joined(IEnumerable<float> values) => string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
