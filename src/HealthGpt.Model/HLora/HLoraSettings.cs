namespace HealthGpt.Model.HLora;

/// <summary>Size of one H-LoRA plugin.</summary>
/// <param name="Rank">Rank of all experts together.</param>
/// <param name="Alpha">Scale numerator.</param>
/// <param name="Experts">Number of experts.</param>
public sealed record HLoraSettings(int Rank, double Alpha, int Experts);
