using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

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
        try
        {
            using var document = JsonDocument.Parse(OrdinaryFile.ReadAll(path));
            var root = document.RootElement;
            RefuseFalse(path, root, "do_normalize");
            RefuseFalse(path, root, "do_rescale");
            var preparation = new ImagePreparation(Side(root), Channels(root, "image_mean"), Channels(root, "image_std"));
            preparation.Require(path, tower);
            return preparation;
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(path, $"is no image preparation: {error.Message}", error);
        }
    }

    // A number in older files, such as that of openai/clip-vit-large-patch14-336; height and width in newer ones.
    private static int Side(JsonElement root)
    {
        var size = root.GetProperty("crop_size");
        if (size.ValueKind == JsonValueKind.Number) return size.GetInt32();
        var (height, width) = (size.GetProperty("height").GetInt32(), size.GetProperty("width").GetInt32());
        return height == width ? height : throw new FormatException($"crop_size is {height} x {width}, but only squares are implemented");
    }

    private static void RefuseFalse(string path, JsonElement root, string field)
    {
        if (root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.False)
            throw new WeightFileException(path, $"has {field} = false, which is not implemented (implemented: true)");
    }

    private void Require(string path, VisionConfig? tower)
    {
        if (Size is < 1 or > MostSide) throw new WeightFileException(path, $"has crop_size = {Size}, but a whole number from 1 to {MostSide} is needed");
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

    private static float[] Channels(JsonElement root, string name) => [.. root.GetProperty(name).EnumerateArray().Select(value => value.GetSingle())];
}
