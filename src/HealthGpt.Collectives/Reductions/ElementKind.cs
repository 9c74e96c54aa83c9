namespace HealthGpt.Collectives.Reductions;

/// <summary>What is summed. Every sum is made in float32; bfloat16 is widened before and rounded once after.</summary>
internal enum ElementKind
{
    Float32 = 1,
    BFloat16 = 2,
}
