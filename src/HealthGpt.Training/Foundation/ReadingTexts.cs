using System.Text.Json;
using HealthGpt.Data.SampleSets;
using HealthGpt.Data.Volumes;
using HealthGpt.Model.Text;

namespace HealthGpt.Training.Foundation;

/// <summary>
/// Reading comprehension without pictures: several questions, one after the other, asked of a written note where the picture would stand. Most notes are of
/// slices that do not exist, whose statements have nothing to do with each other, so that only reading tells the answer; the others are of training slices, with
/// their reports. Some notes are plain letters, some are blends of letters, as an adapter's output is.
/// </summary>
internal sealed class ReadingTexts
{
    /// <summary>Letters of a passage, as many as an image has patches.</summary>
    public const int PassageLength = 256;

    private const byte Blank = (byte)'.';
    private const int Turns = 6;
    private const float QuestionWeight = 0.02f;
    private const float ReportWeight = 0.3f;
    private readonly ByteTokenizer _tokenizer;
    private readonly System.Random _random;
    private readonly int _vocabulary;
    private readonly List<(byte[] Note, (string Question, string Answer)[] Turns)> _questions;
    private readonly List<(byte[] Note, string Request, string Report)> _reports;

    public ReadingTexts(string samplesFolder, ByteTokenizer tokenizer, int vocabulary, System.Random random)
    {
        _tokenizer = tokenizer;
        _random = random;
        _vocabulary = vocabulary;
        var notes = TrainingSlice.Load(samplesFolder).ToDictionary(slice => slice.Image, slice => SliceFacts.Note(SliceFacts.Of(slice.Content)), StringComparer.Ordinal);
        _questions = [.. Read(Path.Combine(samplesFolder, "vqa.jsonl")).GroupBy(item => item.Image, StringComparer.Ordinal)
            .Select(group => (notes[group.Key], group.Select(item => (item.Question, item.Answer)).ToArray()))];
        _reports = [.. Read(Path.Combine(samplesFolder, "report.jsonl")).Select(item => (notes[item.Image], item.Question, item.Answer))];
    }

    /// <summary>The next rows.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="passage">Letters of a passage.</param>
    /// <param name="whole">Share of the notes that say all there is to say; the others leave out more or less of what their questions do not ask for.</param>
    public TextBatch Next(int rows, int passage, double whole = 1) => new([.. Enumerable.Range(0, rows).Select(_ => Row(passage, whole))], _vocabulary);

    private static IEnumerable<(string Image, string Question, string Answer)> Read(string file)
    {
        foreach (var line in File.ReadLines(file))
        {
            using var document = JsonDocument.Parse(line);
            var sample = document.RootElement;
            if (sample.GetProperty("split").GetString() != "train") continue;
            var turns = sample.GetProperty("conversations").EnumerateArray().Select(turn => turn.GetProperty("value").GetString()!).ToArray();
            for (var turn = 0; turn < turns.Length; turn += 2)
                yield return (sample.GetProperty("image").GetString()!, turns[turn].Replace(Prompt.ImagePlaceholder, "", StringComparison.Ordinal).Trim(), turns[turn + 1]);
        }
    }

    private TextRow Row(int length, double whole)
    {
        var (note, turns, weight) = Choose(whole);
        var after = new List<TextToken>();
        foreach (var (question, answer) in turns)
        {
            var before = after.Count == 0 ? "\n" : PromptTemplate.Phi3.Between;
            var asked = _tokenizer.Encode(before + question + PromptTemplate.Phi3.After);
            // The first question follows from no text.
            var weightOfQuestion = after.Count == 0 ? 0 : QuestionWeight;
            after.AddRange(asked.Select(id => new TextToken(id, weightOfQuestion, id)));
            after.AddRange(_tokenizer.Encode(answer + PromptTemplate.Phi3.Stop).Select(id => new TextToken(id, weight, id)));
        }

        return new TextRow([.. _tokenizer.Encode(PromptTemplate.Phi3.Before)], Passage(note, length), after);
    }

    private (byte[] Note, (string Question, string Answer)[] Turns, float Weight) Choose(double whole)
    {
        switch (_random.Next(8))
        {
            case 0:
                var (noteOfReport, request, report) = _reports[_random.Next(_reports.Count)];
                return (noteOfReport, [(request, report)], ReportWeight);
            case 1:
                var (note, questions) = _questions[_random.Next(_questions.Count)];
                return (note, Some(questions), 1);
            default:
                return Invented(whole);
        }
    }

    // One letter among many is hard to find for a base that does not look for any yet; alone it cannot be missed.
    private (byte[] Note, (string Question, string Answer)[] Turns, float Weight) Invented(double whole)
    {
        var slice = Invent();
        var kept = _random.NextDouble() < whole * whole ? 1 : _random.NextDouble() * whole;
        var questions = OfEveryKind([.. QuestionWriter.Write(slice, _random.Next(1 << 16))], kept < 1 ? 1 + (int)(kept * Turns) : Turns);
        var asked = questions.SelectMany(question => question.Statements).ToHashSet();
        var facts = SliceFacts.Of(slice).Select((fact, index) => asked.Contains(index) || _random.NextDouble() < kept ? fact : null);
        return (SliceFacts.Note([.. facts]), [.. questions.Select(question => (question.Text, question.Answer))], 1);
    }

    private (string Question, string Answer)[] Some((string Question, string Answer)[] questions)
    {
        questions = [.. questions];
        _random.Shuffle(questions);
        return questions[..Math.Min(Turns, questions.Length)];
    }

    // A slice has several questions of some kinds and one of others; none is to be learnt late because it is rare.
    private Question[] OfEveryKind(Question[] questions, int most)
    {
        _random.Shuffle(questions);
        var inKind = questions.GroupBy(question => question.Kind, StringComparer.Ordinal).SelectMany(kind => kind.Select((question, place) => (question, place))).ToArray();
        _random.Shuffle(inKind);
        return [.. inKind.OrderBy(item => item.place).Select(item => item.question).Take(most)];
    }

    private SliceContent Invent() => new(
        (SlicePlane)_random.Next(SliceFacts.Planes), _random.Next(-100, 101), _random.Next(2) == 0,
        [.. Enumerable.Range(0, SliceContent.StructureCount).Select(_ => _random.Next(5) == 0 ? (bool?)null : _random.Next(2) == 0)]);

    private float[] Passage(byte[] note, int length)
    {
        var passage = new float[length * _vocabulary];
        if (_random.Next(2) == 0) Scatter(passage, note, length);
        else Blend(passage, note, length);
        return passage;
    }

    // Letters at random places among blanks, every letter at least twice.
    private void Scatter(float[] passage, byte[] note, int length)
    {
        var share = _random.NextDouble();
        var letters = Enumerable.Range(0, length)
            .Select(place => place < 2 * note.Length ? note[place % note.Length] : _random.NextDouble() < share ? note[_random.Next(note.Length)] : Blank).ToArray();
        _random.Shuffle(letters);
        for (var place = 0; place < length; place++) passage[(place * _vocabulary) + letters[place]] = 1;
    }

    private void Blend(float[] passage, byte[] note, int length)
    {
        var strengths = note.Select(_ => (float)(0.5 + _random.NextDouble())).ToArray();
        var scale = (float)((0.5 + (1.5 * _random.NextDouble())) / Math.Sqrt(note.Length) / strengths.Average());
        for (var place = 0; place < length; place++)
        {
            for (var index = 0; index < note.Length; index++)
                passage[(place * _vocabulary) + note[index]] += strengths[index] * scale * (float)(2 * _random.NextDouble());
        }
    }
}
