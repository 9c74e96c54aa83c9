using System.Globalization;
using HealthGpt.Model.Weights;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Model.ImageTokens;

/// <summary>Sizes of a GumbelVQ image tokenizer, from the YAML file that taming-transformers trains it by.</summary>
public sealed record ImageTokenizerConfig
{
    /// <summary>Channels of the first convolution.</summary>
    public required int Channels { get; init; }

    /// <summary>Factor of the channels at each resolution; each step but the last halves the side.</summary>
    public required IReadOnlyList<int> Multipliers { get; init; }

    /// <summary>Residual blocks at each resolution of the encoder; the decoder has one more.</summary>
    public required int ResidualBlocks { get; init; }

    /// <summary>Sides at which attention follows each residual block.</summary>
    public required IReadOnlyList<int> AttentionSides { get; init; }

    /// <summary>Side of the square image, in pixels.</summary>
    public required int Resolution { get; init; }

    /// <summary>Channels between the networks and the codebook.</summary>
    public required int LatentChannels { get; init; }

    /// <summary>Width of a codebook row.</summary>
    public required int EmbeddingWidth { get; init; }

    /// <summary>Number of codes.</summary>
    public required int Codes { get; init; }

    /// <summary>Side of the grid of indices.</summary>
    public int Grid => Resolution >> (Multipliers.Count - 1);

    /// <summary>Reads the file.</summary>
    /// <exception cref="WeightFileException">The file is missing, a field is missing, or a value is not implemented.</exception>
    public static ImageTokenizerConfig Load(string path)
    {
        try
        {
            using var reader = File.OpenText(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            var parameters = yaml.Documents[0].RootNode["model"]["params"];
            var networks = parameters["ddconfig"];
            return new ImageTokenizerConfig
            {
                Channels = Number(networks["ch"]),
                Multipliers = Numbers(networks["ch_mult"]),
                ResidualBlocks = Number(networks["num_res_blocks"]),
                AttentionSides = Numbers(networks["attn_resolutions"]),
                Resolution = Number(networks["resolution"]),
                LatentChannels = Number(networks["z_channels"]),
                EmbeddingWidth = Number(parameters["embed_dim"]),
                Codes = Number(parameters["n_embed"]),
            };
        }
        catch (Exception error) when (error is IOException or YamlException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new WeightFileException(path, $"is no image tokenizer configuration: {error.Message}", error);
        }
    }

    /// <summary>Writes the file that <see cref="Load"/> and taming-transformers read.</summary>
    public void Save(string path) => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
        model:
          target: taming.models.vqgan.GumbelVQ
          params:
            embed_dim: {{EmbeddingWidth}}
            n_embed: {{Codes}}
            kl_weight: 1.0e-08
            ddconfig:
              double_z: false
              z_channels: {{LatentChannels}}
              resolution: {{Resolution}}
              in_channels: 3
              out_ch: 3
              ch: {{Channels}}
              ch_mult: [{{string.Join(", ", Multipliers)}}]
              num_res_blocks: {{ResidualBlocks}}
              attn_resolutions: [{{string.Join(", ", AttentionSides)}}]
              dropout: 0.0

        """));

    private static int Number(YamlNode node) => int.Parse(((YamlScalarNode)node).Value!, CultureInfo.InvariantCulture);

    private static List<int> Numbers(YamlNode node) => [.. ((YamlSequenceNode)node).Select(Number)];
}
