using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Model.Text;

/// <summary>Builds the token ids of a prompt.</summary>
public static class Prompt
{
    /// <summary>The placeholder of an image in a message.</summary>
    public const string ImagePlaceholder = "<image>";

    /// <summary>The id that stands for one image until its features are spliced in.</summary>
    public const int ImageId = -200;

    /// <summary>
    /// Ids of a prompt: the text is split at each <c>&lt;image&gt;</c> and every piece tokenised by itself. Special tokens come from the template alone: written in
    /// the message they are plain text, so that no message can end its turn and speak as somebody else.
    /// </summary>
    /// <param name="tokenizer">The text tokenizer.</param>
    /// <param name="template">The text around the message.</param>
    /// <param name="vocabulary">The image vocabulary; needed for generation.</param>
    /// <param name="message">The user's message, with a placeholder for each image.</param>
    /// <param name="generation">Whether an image is asked for: the prompt then ends with <c>&lt;start_index&gt;</c>.</param>
    public static int[] Build(ITextTokenizer tokenizer, PromptTemplate template, ImageVocabulary vocabulary, string message, bool generation)
    {
        var ids = new List<int>();
        if (tokenizer.BeginningOfSequence is { } start) ids.Add(start);
        var pieces = message.Split(ImagePlaceholder);
        for (var i = 0; i < pieces.Length; i++)
        {
            if (i > 0) ids.Add(ImageId);
            var before = i == 0 ? template.Before : "";
            var after = i == pieces.Length - 1 ? template.After : "";
            ids.AddRange(tokenizer.Encode(before + pieces[i] + after, before.Length..(before.Length + pieces[i].Length)));
        }

        if (generation) ids.Add(vocabulary.StartIndex);
        return [.. ids];
    }

    /// <summary>Ids of a further message of a conversation, to stand after the stop token of the answer before it; special tokens as in <see cref="Build"/>.</summary>
    /// <param name="tokenizer">The text tokenizer.</param>
    /// <param name="template">The text around the message.</param>
    /// <param name="message">The user's message; it shows no image.</param>
    public static IReadOnlyList<int> BuildFollowUp(ITextTokenizer tokenizer, PromptTemplate template, string message) =>
        AfterStop(tokenizer, template, template.Between, message, template.After);

    /// <summary>Ids of an answer, to stand after a prompt and before the stop token; special tokens written in it are plain text.</summary>
    /// <param name="tokenizer">The text tokenizer.</param>
    /// <param name="template">The text around the message.</param>
    /// <param name="answer">The answer.</param>
    public static IReadOnlyList<int> BuildAnswer(ITextTokenizer tokenizer, PromptTemplate template, string answer) => AfterStop(tokenizer, template, "", answer, "");

    // A special token is encoded along: some swallow the white space after them, and some tokenizers put a space at a text's beginning.
    private static IReadOnlyList<int> AfterStop(ITextTokenizer tokenizer, PromptTemplate template, string before, string literal, string after)
    {
        var start = template.Stop.Length + before.Length;
        var ids = tokenizer.Encode(template.Stop + before + literal + after, start..(start + literal.Length));
        return tokenizer.IdOf(template.Stop) is { } stop ? [.. ids.SkipWhile(id => id != stop).Skip(1)] : ids;
    }
}
