namespace HealthGpt.Model.Decoder;

/// <summary>The decoder architectures that are implemented.</summary>
public enum DecoderFamily
{
    /// <summary>Phi-3 and Phi-4: fused qkv and gate_up projections.</summary>
    Phi3,

    /// <summary>Qwen2: separate projections, biases on q, k and v.</summary>
    Qwen2,
}
