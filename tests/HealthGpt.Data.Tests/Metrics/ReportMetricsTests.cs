using HealthGpt.Data.Metrics;

namespace HealthGpt.Data.Tests.Metrics;

public sealed class ReportMetricsTests
{
    private const string Candidate1 = "It is a guide to action which ensures that the military always obeys the commands of the party.";
    private const string Candidate2 = "It is to insure the troops forever hearing the activity guidebook that party direct.";

    private static readonly string[] References =
    [
        "It is a guide to action that ensures that the military will forever heed Party commands.",
        "It is the guiding principle which guarantees the military forces always being under the command of the Party.",
        "It is the practical guide for the army always to heed the directions of the party.",
    ];

    // The worked examples of Papineni et al. 2002, section 2.1.
    [Fact]
    public void BleuCounts_AreThoseOfThePaper()
    {
        var (first, second) = (BleuCounts.Of(Candidate1, References), BleuCounts.Of(Candidate2, References));
        Assert.Equal([17L, 10], first.Matches.Take(2));
        Assert.Equal([18L, 17], first.Totals.Take(2));
        Assert.Equal([8L, 1], second.Matches.Take(2));
        Assert.Equal([14L, 13], second.Totals.Take(2));
        var repeated = BleuCounts.Of("the the the the the the the", "The cat is on the mat.", "There is a cat on the mat.");
        Assert.Equal((2, 7), (repeated.Matches[0], repeated.Totals[0]));
    }

    // NLTK's documentation of sentence_bleu and corpus_bleu gives 0.5045 and 0.5920 for these texts.
    [Fact]
    public void Score_IsThatOfNltk()
    {
        var first = BleuCounts.Of(Candidate1, References);
        Assert.Equal(0.5045666840058485, first.Score(), 1e-12);
        var second = BleuCounts.Of("he read the book because he was interested in world history", "he was interested in world history because he read the book");
        Assert.Equal(0.5920778868801042, BleuCounts.Sum([first, second]).Score(), 1e-12);
        Assert.Equal(1, BleuCounts.Of("one two three four five", "One, two, three, four, five.").Score(), 1e-12);
        Assert.Equal(0, BleuCounts.Of("one two three", "one two three").Score());
        Assert.Equal(0, BleuCounts.Of("", "one two three").Score());
    }

    [Fact]
    public void Score_PunishesWhatIsTooShort()
    {
        // All n-grams match, so only the penalty exp(1 - 8 / 4) is left.
        Assert.Equal(Math.Exp(-1), BleuCounts.Of("a b c d", "a b c d e f g h").Score(), 1e-12);
        Assert.Equal(5, BleuCounts.Of("a b c d e f", "a b c d e", "a b c d e f g").ReferenceLength);
    }

    // The example of Lin 2004, section 3.1, and one by hand.
    [Theory]
    [InlineData("police kill the gunman", "police killed the gunman", 0.75, 0.75)]
    [InlineData("the gunman kill police", "police killed the gunman", 0.5, 0.5)]
    [InlineData("the gunman police killed", "police killed the gunman", 0.5, 0.5)]
    [InlineData("The liver is large.", "the liver and the spleen are enlarged", 0.5, 2.0 / 7)]
    [InlineData("", "something", 0, 0)]
    public void RougeL_IsThatOfThePaper(string text, string reference, double precision, double recall)
    {
        var rouge = RougeL.Of(text, reference);
        Assert.Equal((precision, recall), (rouge.Precision, rouge.Recall));
        Assert.Equal(precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall), rouge.F1, 1e-12);
    }
}
