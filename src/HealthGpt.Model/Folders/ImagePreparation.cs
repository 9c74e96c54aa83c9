using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Folders;

/// <summary>How the vision tower wants its images, from preprocessor_config.json.</summary>
/// <param name="Size">Side of the square, in pixels.</param>
/// <param name="Mean">Mean of each channel, in [0, 1].</param>
/// <param name="Std">Standard deviation of each channel, in [0, 1].</param>
public sealed record ImagePreparation(int Size, IReadOnlyList<float> Mean, IReadOnlyList<float> Std)
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="WeightFileException">It is missing or of another form.</exception>
    public static ImagePreparation Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            return new ImagePreparation(root.GetProperty("crop_size").GetProperty("height").GetInt32(), Channels(root, "image_mean"), Channels(root, "image_std"));
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(path, $"is no image preparation: {error.Message}", error);
        }
    }

    private static float[] Channels(JsonElement root, string name) => [.. root.GetProperty(name).EnumerateArray().Select(value => value.GetSingle())];
}
