using HealthGpt.Data.Tests.SampleSets;
using HealthGpt.Model.Text;
using HealthGpt.Training.Foundation;
using TorchSharp;

namespace HealthGpt.Training.Tests.Foundation;

public sealed class FoundationTextTests
{
    private const int Vocabulary = 264;
    private const int Rows = 3;
    private readonly ByteTokenizer _tokenizer = new(["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]);

    [Fact]
    public void Copying_asks_for_every_letter_of_the_passage_at_its_place()
    {
        var batch = new CopyingTexts(_tokenizer, Vocabulary, new System.Random(1)).Next(Rows);

        using var scope = torch.NewDisposeScope();
        var targets = batch.Targets().data<long>().ToArray();
        Assert.Equal(Rows * batch.Passage, targets.Length);
        for (var at = 0; at < targets.Length; at++)
            Assert.Equal(1, batch.Mixture[(at * Vocabulary) + (int)targets[at]]);
    }

    [Fact]
    public void Short_notes_say_what_their_questions_ask_for_and_whole_notes_everything()
    {
        var reading = new ReadingTexts(SampleFolder.Colin27, _tokenizer, Vocabulary, new System.Random(2));

        double Letters(double whole) => Enumerable.Range(0, 40).Average(_ => LettersOf(reading.Next(1, 64, whole)));

        // Three planes, the skull, the limits of one plane and the structures that are not left open.
        Assert.InRange(Letters(whole: 1), 14, 18);
        Assert.InRange(Letters(whole: 0), 3, 12);
    }

    private static int LettersOf(TextBatch batch) =>
        Enumerable.Range(0, Vocabulary).Count(letter => letter != '.' && Enumerable.Range(0, batch.Passage).Any(place => batch.Mixture[(place * Vocabulary) + letter] > 0));

    [Fact]
    public void Batch_learns_what_follows_each_place()
    {
        // A passage of one letter; then a question of two ids that is not learnt, and an answer that is read back as itself.
        var passage = new float[10];
        passage[7] = 1;
        var row = new TextRow([1, 2], passage, [new TextToken(3, 0, 3), new TextToken(4, 0, 4), new TextToken(5, 1, 5), new TextToken(6, 0.5f, 9)]);
        var shorter = new TextRow([1, 2], passage, [new TextToken(8, 1, 8)]);

        var batch = new TextBatch([row, shorter], 10);

        using var scope = torch.NewDisposeScope();
        Assert.Equal((2, 7, 2, 1), (batch.Rows, batch.Length, batch.Start, batch.Passage));
        Assert.Equal([1, 2, 0, 3, 4, 5, 9, 1, 2, 0, 8, 0, 0, 0], batch.Ids);
        Assert.Equal([4, 5, 9], batch.Places().data<long>().ToArray());
        Assert.Equal([5, 6, 8], batch.Targets().data<long>().ToArray());
        Assert.Equal([1, 0.5f, 1], batch.Weights().data<float>().ToArray());
    }
}
