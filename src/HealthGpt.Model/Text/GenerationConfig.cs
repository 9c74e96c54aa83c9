using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>
/// What a base's generation_config.json says of greedy answers. The published code asks for greedy decoding and leaves the rest to that file: the tokens that end an answer, and a
/// penalty on repeating (Qwen2.5's is 1.05).
/// </summary>
public sealed record GenerationConfig
{
    private const string FileName = "generation_config.json";

    private const double HighestPenalty = 100;

    // What changes greedy answers in a way that is not implemented, with the number at which it changes nothing; no number but null does so for the others.
    private static readonly (string Field, double? Neutral)[] Unimplemented =
    [
        ("no_repeat_ngram_size", 0), ("encoder_no_repeat_ngram_size", 0), ("encoder_repetition_penalty", 1), ("guidance_scale", 1), ("penalty_alpha", 0), ("min_length", 0), ("min_new_tokens", 0), ("bad_words_ids", null), ("suppress_tokens", null),
        ("begin_suppress_tokens", null), ("forced_bos_token_id", null), ("forced_eos_token_id", null), ("sequence_bias", null), ("exponential_decay_length_penalty", null), ("stop_strings", null),
        ("forced_decoder_ids", null), ("watermarking_config", null), ("dola_layers", null),
    ];

    /// <summary>Tokens that end an answer, besides the template's.</summary>
    public IReadOnlyList<int> EndIds { get; init; } = [];

    /// <summary>
    /// What the scores of tokens that an answer holds already are divided by where they are positive, and multiplied with where they are negative; 1 changes nothing. The prompt does
    /// not count (CTRL, arXiv:1909.05858, section 4.1, as transformers applies it to a prompt of embeddings).
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Reads the file of a base's folder, or, where there is none, what config.json says, as transformers does.</summary>
    /// <param name="folder">The folder of the base language model.</param>
    /// <exception cref="WeightFileException">The file is wrong, or asks for something that is not implemented.</exception>
    public static GenerationConfig Load(string folder)
    {
        var own = Path.Combine(folder, FileName);
        using var fields = ConfigFields.Open(File.Exists(own) ? own : Path.Combine(folder, "config.json"));
        foreach (var (field, neutral) in Unimplemented)
        {
            if (neutral is { } value) fields.RefuseUnless(field, value);
            else if (!fields.IsEmptyList(field)) fields.RefuseUnless(field);
        }

        return new GenerationConfig
        {
            EndIds = fields.Ids("eos_token_id"),
            RepetitionPenalty = fields.Has("repetition_penalty") ? fields.Number("repetition_penalty", 1, 1 / HighestPenalty, HighestPenalty) : 1,
        };
    }
}
