using HealthGpt.Data.Metrics;

namespace HealthGpt.Data.Tests.Metrics;

public sealed class AnswerMetricsTests
{
    [Theory]
    [InlineData("The X-ray shows 2.5 cm.", "the x ray shows 2.5 cm")]
    [InlineData("a, b; C!  (d)", "a b c d")]
    [InlineData("1,000 mg. 3.", "1,000 mg 3")]
    [InlineData("patient's Größe", "patient s größe")]
    [InlineData("\U0001D400b and e\u0301t", "\U0001D400b and e\u0301t")]
    [InlineData("...", "")]
    public void Words_AreLowerCaseRunsOfLettersAndDigits(string text, string words) => Assert.Equal(words, string.Join(' ', AnswerWords.Of(text)));

    // By hand, from the definitions of SQuAD 1.1.
    [Theory]
    [InlineData("The lung.", "lung", true, 1, 1)]
    [InlineData("the left lung", "lung", false, 1, 2.0 / 3)]
    [InlineData("lung", "left lung", false, 0.5, 2.0 / 3)]
    [InlineData("left left lung", "left lung left kidney", false, 0.75, 6.0 / 7)]
    [InlineData("lung left", "left lung", false, 1, 1)]
    [InlineData("heart", "lung", false, 0, 0)]
    [InlineData("", "lung", false, 0, 0)]
    [InlineData("lung", "", false, 0, 0)]
    [InlineData("?", "", true, 1, 1)]
    [InlineData("A", "a", true, 1, 1)]
    [InlineData("2.5 cm", "25 cm", false, 0.5, 0.5)]
    public void OpenAnswers_AreComparedByTheirWords(string answer, string truth, bool exact, double recall, double f1)
    {
        Assert.Equal(exact, AnswerMetrics.ExactMatch(answer, truth));
        Assert.Equal(recall, AnswerMetrics.TokenRecall(answer, truth), 1e-12);
        Assert.Equal(f1, AnswerMetrics.TokenF1(answer, truth), 1e-12);
    }

    [Theory]
    [InlineData("Yes.", "yes", null, true)]
    [InlineData("No, there is none; yes would be wrong", "yes", null, false)]
    [InlineData("There is no sign of it.", "no", null, true)]
    [InlineData("Nothing to see", "no", null, false)]
    [InlineData("", "no", null, false)]
    [InlineData("The plane is axial.", "axial", null, false)]
    [InlineData("The plane is axial.", "axial", "axial|coronal|sagittal", true)]
    [InlineData("coronal, not axial", "axial", "axial|coronal|sagittal", false)]
    [InlineData("It is the left lower lobe", "left lower lobe", "left|left lower lobe", true)]
    [InlineData("It is the left lower lobe", "left", "left|left lower lobe", false)]
    [InlineData("B", "B", "A|B|C", true)]
    [InlineData("I cannot tell", "B", "A|B|C", false)]
    [InlineData("B. CT", "B", null, true)]
    [InlineData("A lesion", "A", null, false)]
    [InlineData("(b) liver", "liver", "heart|liver", true)]
    [InlineData("The answer is B.", "B", "heart|liver", true)]
    [InlineData("It is the liver", "B", "heart|liver", true)]
    [InlineData("A liver", "heart", "heart|liver", false)]
    [InlineData("A) heart", "B", "heart|liver", false)]
    [InlineData("The heart, not option B", "B", "heart|liver", false)]
    public void ClosedAnswers_AreTheChoiceNamedFirst(string answer, string truth, string? choices, bool correct) =>
        Assert.Equal(correct, AnswerMetrics.ClosedCorrect(answer, truth, choices?.Split('|')));
}
