using HealthGpt.Model.Decoder.Kernels;
namespace HealthGpt.Model.Decoder.Cpu;

/// <summary>One linear of a block in memory.</summary>
/// <param name="Weight"><c>(O, I)</c>.</param>
/// <param name="Bias"><c>(O)</c>, or null.</param>
/// <param name="Site">Its place among all linears of the decoder, as <see cref="CpuHLora"/> counts them.</param>
internal sealed record CpuLinear(TensorRows Weight, TensorRows? Bias, int Site);
