namespace HealthGpt.Training.Jobs;

/// <summary>The names of the curriculum's stages and of their fixed phases.</summary>
public static class Stages
{
    /// <summary>Stage 1: adapters meet the frozen language model, image tokens become words.</summary>
    public const string Alignment = "alignment";

    /// <summary>Stage 2: embedding and head settle on both kinds of data.</summary>
    public const string Adaptation = "adaptation";

    /// <summary>Stage 3: one plugin a task.</summary>
    public const string Instruction = "instruction";

    /// <summary>Phase of stage 1 that trains the abstract adapter.</summary>
    public const string Comprehension = "comprehension";

    /// <summary>Phase of stage 1 that trains the generation path.</summary>
    public const string Generation = "generation";

    /// <summary>The phase of stage 2.</summary>
    public const string Mixed = "mixed";
}
