using HealthGpt.Model.Text;

namespace HealthGpt.Training.Foundation;

/// <summary>
/// Copying without pictures: letters where the picture would stand, then the instruction of a drawing task, then the same letters. What a base learns from it is where
/// to look: at the letter that is as far into the passage as the answer has come. Most answers are read back as letters that mean nothing, so that the place
/// alone can tell; letters that last for a while let coarse looking pay before exact looking is learnt.
/// </summary>
internal sealed class CopyingTexts(ByteTokenizer tokenizer, int vocabulary, System.Random random)
{
    private const int Letters = 256;
    private const int LongestRun = 5;
    private static readonly string[] Instructions = ["Reconstruct.", "Upsample it.", "Strip skull."];

    public TextBatch Next(int rows) => new([.. Enumerable.Range(0, rows).Select(_ => Row())], vocabulary);

    private TextRow Row()
    {
        var run = 1 << random.Next(LongestRun + 1);
        var text = new int[ReadingTexts.PassageLength];
        for (var place = 0; place < text.Length; place++) text[place] = place == 0 || random.Next(run) == 0 ? random.Next(Letters) : text[place - 1];
        var passage = new float[text.Length * vocabulary];
        for (var place = 0; place < text.Length; place++) passage[(place * vocabulary) + text[place]] = 1;
        var asked = "\n" + Instructions[random.Next(Instructions.Length)] + PromptTemplate.Phi3.After;
        var same = random.Next(4) == 0;
        // A letter that means nothing stands where a drawing's <start_index> will.
        int[] instruction = [.. tokenizer.Encode(asked), random.Next(Letters)];
        return new TextRow(
            [.. tokenizer.Encode(PromptTemplate.Phi3.Before)], passage,
            [.. instruction.Select(id => new TextToken(id, 0, id)), .. text.Select(id => new TextToken(id, 1, same ? id : random.Next(Letters)))]);
    }
}
