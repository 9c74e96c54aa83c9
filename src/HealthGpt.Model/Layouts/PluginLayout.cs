using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;

namespace HealthGpt.Model.Layouts;

/// <summary>The tensors of a plugin: H-LoRA of every linear of the decoder, and an adapter.</summary>
public static class PluginLayout
{
    /// <summary>The tensors of a plugin of a size.</summary>
    /// <param name="config">The decoder it goes with.</param>
    /// <param name="visionWidth">Width of the vision features.</param>
    /// <param name="rank">R.</param>
    /// <param name="experts">E.</param>
    public static PartLayout Of(DecoderConfig config, int visionWidth, int rank, int experts)
    {
        var tensors = new List<ExpectedTensor>();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var linear in config.Linears)
            {
                var site = DecoderConfig.LinearKey(layer, linear.Name);
                tensors.Add(new(HLoraWeights.Key(site, HLoraWeights.DownPart), rank, linear.In));
                tensors.Add(new(HLoraWeights.Key(site, HLoraWeights.UpPart), linear.Out, rank));
                tensors.Add(new(HLoraWeights.Key(site, HLoraWeights.RoutePart), experts, linear.In));
            }
        }

        tensors.Add(new(AdapterWeights.Prefix + "0.weight", config.Hidden, visionWidth));
        tensors.Add(new(AdapterWeights.Prefix + "0.bias", config.Hidden));
        tensors.Add(new(AdapterWeights.Prefix + "2.weight", config.Hidden, config.Hidden));
        tensors.Add(new(AdapterWeights.Prefix + "2.bias", config.Hidden));
        return new PartLayout($"an H-LoRA of {config.Layers} layers, rank {rank} and {experts} experts, and an adapter", tensors, _ => false);
    }
}
