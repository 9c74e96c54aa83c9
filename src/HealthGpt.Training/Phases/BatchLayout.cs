using HealthGpt.Model.Text;
using HealthGpt.Training.Samples;

namespace HealthGpt.Training.Phases;

// Shapes: B rows, T longest row.

/// <summary>Where everything of a micro-batch lies in its flattened (B * T) sequence. Rows are right padded to the longest.</summary>
internal sealed class BatchLayout
{
    private readonly List<long> _imageTokenPlaces = [];
    private readonly List<long> _imageTokenRows = [];
    private readonly List<long> _patchPlaces = [];
    private readonly List<long> _answerPlaces = [];
    private readonly List<long> _targets = [];

    /// <summary>Plans a micro-batch.</summary>
    /// <param name="samples">Its samples.</param>
    /// <param name="patches">Patch features of one image.</param>
    /// <param name="textTokens">Number of text tokens; ids from here on are image tokens.</param>
    /// <param name="answers">The answers' ids, sample by sample.</param>
    public BatchLayout(IReadOnlyList<PreparedSample> samples, int patches, int textTokens, IReadOnlyList<int[]> answers)
    {
        Rows = samples.Count;
        Length = samples.Max(sample => sample.Length);
        TextIds = new long[Rows * Length];
        for (var row = 0; row < Rows; row++) Place(samples[row], (long)row * Length, patches, textTokens, answers[row]);
    }

    /// <summary>B.</summary>
    public int Rows { get; }

    /// <summary>T.</summary>
    public int Length { get; }

    /// <summary>A text id at each place; 0 where something else or padding is.</summary>
    public long[] TextIds { get; }

    /// <summary>Places of image tokens.</summary>
    public IReadOnlyList<long> ImageTokenPlaces => _imageTokenPlaces;

    /// <summary>Their rows in the image part of the embedding.</summary>
    public IReadOnlyList<long> ImageTokenRows => _imageTokenRows;

    /// <summary>Places of patch features, image by image.</summary>
    public IReadOnlyList<long> PatchPlaces => _patchPlaces;

    /// <summary>Places whose output predicts an answer token.</summary>
    public IReadOnlyList<long> AnswerPlaces => _answerPlaces;

    /// <summary>The tokens to predict there.</summary>
    public IReadOnlyList<long> Targets => _targets;

    private void Place(PreparedSample sample, long start, int patches, int textTokens, int[] answer)
    {
        var place = start;
        foreach (var id in sample.Prompt)
        {
            if (id != Prompt.ImageId)
            {
                PlaceToken(id, place++, textTokens);
                continue;
            }

            for (var patch = 0; patch < patches; patch++) _patchPlaces.Add(place++);
        }

        for (var index = 0; index < answer.Length; index++)
        {
            if (!sample.Questions.Any(question => index >= question.Start.Value && index < question.End.Value)) Learn(place - 1, answer[index]);
            // The last token is predicted but never read.
            if (index < answer.Length - 1) PlaceToken(answer[index], place++, textTokens);
        }
    }

    private void Learn(long place, int target)
    {
        _answerPlaces.Add(place);
        _targets.Add(target);
    }

    private void PlaceToken(int id, long place, int textTokens)
    {
        if (id < textTokens)
        {
            TextIds[place] = id;
            return;
        }

        _imageTokenPlaces.Add(place);
        _imageTokenRows.Add(id - textTokens);
    }
}
