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
        fields.RefuseUnless("do_normalize", "True");
        fields.RefuseUnless("do_rescale", "True");
        var preparation = new ImagePreparation(Side(fields), fields.Numbers("image_mean"), fields.Numbers("image_std"));
        preparation.Require(path, tower);
        return preparation;
    }

    // A number in older files, such as that of openai/clip-vit-large-patch14-336; height and width in newer ones.
    private static int Side(ConfigFields fields)
    {
        if (!fields.IsObject("crop_size")) return fields.Count("crop_size", MostSide);
        var size = fields.Object("crop_size")!;
        var (height, width) = (size.Count("height", MostSide), size.Count("width", MostSide));
        return height == width ? height : throw fields.Refusal("crop_size", "a height equal to the width");
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
