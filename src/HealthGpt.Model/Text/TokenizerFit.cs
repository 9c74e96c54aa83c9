using System.Globalization;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>Whether a text tokenizer goes with the other parts of a model: one of another family would give nonsense without an error.</summary>
internal static class TokenizerFit
{
    /// <summary>Refuses a tokenizer that does not know the template's special tokens.</summary>
    /// <param name="folder">The tokenizer's folder.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="template">The text around a message.</param>
    /// <exception cref="WeightFileException">One of them is no token.</exception>
    public static void RequireTemplate(string folder, ITextTokenizer tokenizer, PromptTemplate template)
    {
        if (template.SpecialTokens.FirstOrDefault(token => tokenizer.IdOf(token) is null) is { } missing)
            throw new WeightFileException(folder, $"has no special token '{missing}', which the template {template.Name} is made of; take tokenizer and template from the same model");
    }

    /// <summary>Refuses a tokenizer whose last tokens the base has no rows for.</summary>
    /// <param name="folder">The tokenizer's folder.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="rows">Rows of the base's embedding.</param>
    /// <exception cref="WeightFileException">It has more tokens than that.</exception>
    public static void RequireRows(string folder, ITextTokenizer tokenizer, int rows)
    {
        if (tokenizer.Count > rows)
            throw new WeightFileException(folder, string.Create(CultureInfo.InvariantCulture, $"has {tokenizer.Count} tokens, but the base's embedding has {rows} rows; take tokenizer and base from the same model"));
    }
}
