using System.Globalization;
using System.Text.Json;
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

    /// <summary>Reads the file.</summary>
    /// <exception cref="WeightFileException">It is missing or of another form.</exception>
    public static ImagePreparation Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(OrdinaryFile.ReadAll(path));
            var root = document.RootElement;
            return new ImagePreparation(root.GetProperty("crop_size").GetProperty("height").GetInt32(), Channels(root, "image_mean"), Channels(root, "image_std"));
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(path, $"is no image preparation: {error.Message}", error);
        }
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
