using System.Globalization;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Model.ImageTokens;

/// <summary>Sizes of a GumbelVQ image tokenizer, from the YAML file that taming-transformers trains it by.</summary>
public sealed record ImageTokenizerConfig
{
    /// <summary>Groups of every normalisation in the networks.</summary>
    internal const int NormalisationGroups = 32;

    // Far above any published tokenizer, and far below what would take all memory.
    private const int MostWidth = 1 << 14;
    private const int MostSide = 1 << 13;
    private const int MostCodes = 1 << 24;

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
            if (OrdinaryFile.LengthOf(path) is > YamlText.Longest and var length)
                throw new WeightFileException(path, string.Create(CultureInfo.InvariantCulture, $"has {length} bytes; no such file of a model has more than {YamlText.Longest}"));
            using var reader = new StreamReader(new MemoryStream(OrdinaryFile.ReadAll(path)));
            var yaml = YamlText.Parse(reader);
            if (yaml.Documents.Count == 0) throw new WeightFileException(path, "is empty; it must say the image tokenizer's sizes");
            var model = Field(yaml.Documents[0].RootNode, "model", path);
            var parameters = Field(model, "params", path);
            var networks = Field(parameters, "ddconfig", path);
            RefuseUnless(model, "target", "taming.models.vqgan.GumbelVQ", path);
            RefuseUnless(networks, "double_z", "false", path);
            RefuseUnless(networks, "in_channels", "3", path);
            RefuseUnless(networks, "out_ch", "3", path);
            RefuseUnless(networks, "resamp_with_conv", "true", path);
            RefuseUnless(networks, "give_pre_end", "false", path);
            RefuseUnless(parameters, "remap", "null", path);
            var config = new ImageTokenizerConfig
            {
                Channels = Count(networks, "ch", MostWidth, path),
                Multipliers = Counts(networks, "ch_mult", 64, path),
                ResidualBlocks = Count(networks, "num_res_blocks", 64, path),
                AttentionSides = Counts(networks, "attn_resolutions", MostSide, path),
                Resolution = Count(networks, "resolution", MostSide, path),
                LatentChannels = Count(networks, "z_channels", MostWidth, path),
                EmbeddingWidth = Count(parameters, "embed_dim", MostWidth, path),
                Codes = Count(parameters, "n_embed", MostCodes, path),
            };
            config.RequireGrid(path);
            return config;
        }
        catch (YamlException error)
        {
            throw new WeightFileException(path, string.Create(CultureInfo.InvariantCulture, $"is no YAML at line {error.Start.Line}: {(error.InnerException ?? error).Message.TrimEnd('.')}"), error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw JsonFile.Unreadable(path, error);
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

    private void RequireGrid(string path)
    {
        if (Multipliers.Count is < 1 or > 12 || Resolution % (1 << (Multipliers.Count - 1)) != 0)
            throw new WeightFileException(path, $"has resolution = {Resolution} and {Multipliers.Count} entries in ch_mult, but each entry after the first halves the side");
        if (Channels % NormalisationGroups != 0)
            throw new WeightFileException(path, $"has ch = {Channels}, but its normalisation is over {NormalisationGroups} groups of channels; a multiple is needed");
    }

    private static void RefuseUnless(YamlNode node, string field, string implemented, string path)
    {
        if (node is not YamlMappingNode mapping || !mapping.Children.TryGetValue(field, out var value)) return;
        if (value is YamlScalarNode { Value: { } text } && string.Equals(text, implemented, StringComparison.OrdinalIgnoreCase)) return;
        throw new WeightFileException(path, $"has {field} = {TextOf(value)}, which is not implemented (implemented: {implemented})");
    }

    private static YamlNode Field(YamlNode node, string field, string path) =>
        node is YamlMappingNode mapping && mapping.Children.TryGetValue(field, out var value) ? value : throw new WeightFileException(path, $"has no {field}, which the image tokenizer's sizes are read from");

    private static string TextOf(YamlNode value) => value is YamlScalarNode { Value: { } text } ? text : value is YamlSequenceNode ? "[..]" : "{..}";

    private static int Count(YamlNode node, string field, int most, string path) => Parse(Field(node, field, path), field, most, path);

    private static List<int> Counts(YamlNode node, string field, int most, string path) => Field(node, field, path) is YamlSequenceNode values
        ? [.. values.Select(value => Parse(value, field, most, path))]
        : throw new WeightFileException(path, $"has {field} = {TextOf(Field(node, field, path))}, but a list is needed");

    private static int Parse(YamlNode value, string field, int most, string path) =>
        value is YamlScalarNode scalar && int.TryParse(scalar.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= most
            ? count
            : throw new WeightFileException(path, $"has {field} = {TextOf(value)}, but a whole number from 1 to {most} is needed");
}
