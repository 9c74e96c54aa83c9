using HealthGpt.Data.Samples;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Training.Samples;

/// <summary>Turns a sample's text into token ids and checks its shape.</summary>
internal sealed class SampleBinding
{
    private readonly ITextTokenizer _tokenizer;
    private readonly PromptTemplate _template;
    private readonly ImageVocabulary _vocabulary;
    private readonly int _patches;
    private readonly int _imageTokens;
    private readonly int _maxSequence;
    private readonly int _stop;

    /// <param name="tokenizer">The text tokenizer.</param>
    /// <param name="tokenizerSha256">What tells the tokenizer from others.</param>
    /// <param name="template">The prompt template.</param>
    /// <param name="vocabulary">The image vocabulary.</param>
    /// <param name="patches">Patch features of one image.</param>
    /// <param name="imageTokens">Image tokens of one answer, without the end token.</param>
    /// <param name="maxSequence">Longest sample.</param>
    public SampleBinding(
        ITextTokenizer tokenizer, string tokenizerSha256, PromptTemplate template, ImageVocabulary vocabulary, int patches, int imageTokens, int maxSequence)
    {
        Identity = FormattableString.Invariant($"{tokenizerSha256} {template} {vocabulary.TextTokens} {patches} {imageTokens} {maxSequence}");
        _tokenizer = tokenizer;
        _template = template;
        _vocabulary = vocabulary;
        _patches = patches;
        _imageTokens = imageTokens;
        _maxSequence = maxSequence;
        _stop = tokenizer.IdOf(template.Stop)
            ?? throw new InvalidDataException($"the text tokenizer has no token '{template.Stop}', which ends answers of template '{template.Name}'; use the template of this model.");
    }

    /// <summary>All that decides how many tokens a sample has, besides the sample.</summary>
    public string Identity { get; }

    /// <summary>Longest sample.</summary>
    public int MaxSequence => _maxSequence;

    /// <summary>Binds a sample. Safe to call from several threads.</summary>
    /// <exception cref="BadSampleException">It cannot be used.</exception>
    public PreparedSample Bind(Sample sample, bool generation, IReadOnlyList<ImageReference> images, ImageReference? answerImage)
    {
        var prompt = Prompt.Build(_tokenizer, _template, _vocabulary, sample.Question, generation);
        var placeholders = prompt.Count(id => id == Prompt.ImageId);
        if (placeholders != images.Count)
            throw new BadSampleException($"the question has {placeholders} <image> placeholders, but the sample has {images.Count} images; give each image one.");
        if (generation && answerImage is null) throw new BadSampleException("a generation sample needs an image as its answer.");
        if (!generation && string.IsNullOrEmpty(sample.Answer)) throw new BadSampleException("a comprehension sample needs a text as its answer.");
        var (answer, questions) = generation ? ([], []) : Conversation(sample);
        var after = generation ? _imageTokens + 1 : answer.Length;
        var length = prompt.Length + placeholders * (_patches - 1) + after - 1;
        if (length > _maxSequence)
            throw new BadSampleException($"it has {length} tokens with its patches, more than maxSequence, which is {_maxSequence}; shorten it or raise maxSequence.");
        return new PreparedSample
        {
            Generation = generation,
            Prompt = prompt,
            Images = images,
            Answer = answer,
            Questions = questions,
            AnswerImage = generation ? answerImage : null,
            AnswerTokens = after - questions.Sum(question => question.GetOffsetAndLength(after).Length),
            Length = length,
        };
    }

    private (int[] Ids, List<Range> Questions) Conversation(Sample sample)
    {
        List<int> ids = [.. Prompt.BuildAnswer(_tokenizer, _template, sample.Answer!), _stop];
        var questions = new List<Range>();
        foreach (var (question, answer) in sample.FollowUps)
        {
            var start = ids.Count;
            ids.AddRange(Prompt.BuildFollowUp(_tokenizer, _template, question));
            questions.Add(start..ids.Count);
            ids.AddRange(Prompt.BuildAnswer(_tokenizer, _template, answer));
            ids.Add(_stop);
        }

        return ([.. ids], questions);
    }
}
