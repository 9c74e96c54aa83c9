namespace HealthGpt.Model.Decoder;

/// <summary>One linear layer of a decoder block, as H-LoRA and the weight files see it.</summary>
/// <param name="Name">Its name in the block, such as <c>self_attn.qkv_proj</c>.</param>
/// <param name="In">Input width.</param>
/// <param name="Out">Output width.</param>
/// <param name="HasBias">Whether it has a bias.</param>
public sealed record DecoderLinear(string Name, int In, int Out, bool HasBias);
