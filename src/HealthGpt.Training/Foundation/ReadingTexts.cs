using System.Text.Json;
using HealthGpt.Data.SampleSets;
using HealthGpt.Model.Text;

namespace HealthGpt.Training.Foundation;

/// <summary>
/// Reading comprehension without pictures: the questions and reports of the training samples, asked of a written note where the picture would stand. Some notes are
/// plain letters, some are blends of letters, as an adapter's output is.
/// </summary>
internal sealed class ReadingTexts
{
    /// <summary>Letters of a passage, as many as an image has patches.</summary>
    public const int PassageLength = 256;

    private const byte Blank = (byte)'.';
    private static readonly string[] Files = ["vqa.jsonl", "report.jsonl"];
    private readonly ByteTokenizer _tokenizer;
    private readonly System.Random _random;
    private readonly int _vocabulary;
    private readonly List<List<(byte[] Note, string Question, string Answer)>> _kinds;

    public ReadingTexts(string samplesFolder, ByteTokenizer tokenizer, int vocabulary, System.Random random)
    {
        _tokenizer = tokenizer;
        _random = random;
        _vocabulary = vocabulary;
        var notes = SliceFacts.OfTrainingSlices(samplesFolder).ToDictionary(slice => slice.Image, slice => SliceFacts.Note(slice.Facts), StringComparer.Ordinal);
        _kinds = [.. Files.SelectMany(file => Read(Path.Combine(samplesFolder, file), notes)).GroupBy(item => item.Kind)
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Select(item => (item.Note, item.Question, item.Answer)).ToList())];
    }

    public TextBatch Next(int rows) => new([.. Enumerable.Range(0, rows).Select(_ => Row())], _vocabulary, questionWeight: 0.1f);

    private static IEnumerable<(string Kind, byte[] Note, string Question, string Answer)> Read(string file, Dictionary<string, byte[]> notes)
    {
        foreach (var line in File.ReadLines(file))
        {
            using var document = JsonDocument.Parse(line);
            var sample = document.RootElement;
            if (sample.GetProperty("split").GetString() != "train") continue;
            var turns = sample.GetProperty("conversations");
            var kind = sample.TryGetProperty("kind", out var named) ? named.GetString()! : "report";
            yield return (kind, notes[sample.GetProperty("image").GetString()!], turns[0].GetProperty("value").GetString()!, turns[1].GetProperty("value").GetString()!);
        }
    }

    private TextRow Row()
    {
        var kind = _kinds[_random.Next(_kinds.Count)];
        var (note, question, answer) = kind[_random.Next(kind.Count)];
        var pieces = PromptTemplate.Phi3.Render(question).Split(Prompt.ImagePlaceholder);
        int[] reply = [.. _tokenizer.Encode(answer + PromptTemplate.Phi3.Stop)];
        return new TextRow([.. _tokenizer.Encode(pieces[0])], Passage(note), [.. _tokenizer.Encode(pieces[1])], reply, reply);
    }

    private float[] Passage(byte[] note)
    {
        var passage = new float[PassageLength * _vocabulary];
        if (_random.Next(2) == 0) Scatter(passage, note);
        else Blend(passage, note);
        return passage;
    }

    // Letters at random places among blanks, every letter at least four times.
    private void Scatter(float[] passage, byte[] note)
    {
        var share = _random.NextDouble();
        var letters = Enumerable.Range(0, PassageLength)
            .Select(place => place < 4 * note.Length ? note[place % note.Length] : _random.NextDouble() < share ? note[_random.Next(note.Length)] : Blank).ToArray();
        _random.Shuffle(letters);
        for (var place = 0; place < PassageLength; place++) passage[(place * _vocabulary) + letters[place]] = 1;
    }

    private void Blend(float[] passage, byte[] note)
    {
        var strengths = note.Select(_ => (float)(0.15 + _random.NextDouble())).ToArray();
        var scale = (float)((0.5 + (1.5 * _random.NextDouble())) / Math.Sqrt(note.Length) / strengths.Average());
        for (var place = 0; place < PassageLength; place++)
        {
            for (var index = 0; index < note.Length; index++)
                passage[(place * _vocabulary) + note[index]] += strengths[index] * scale * (float)(2 * _random.NextDouble());
        }
    }
}
