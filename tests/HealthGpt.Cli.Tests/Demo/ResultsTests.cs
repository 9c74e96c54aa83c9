using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cli.Evaluation.Baselines;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Tests.Demo;

public sealed class ResultsTests
{
    [Fact]
    public void PhaseLearning_ComparesTheFirstFifthWithTheLast()
    {
        double[] losses = [5, 7, 4, 4, 4, 4, 4, 4, 1, 3];

        var learning = PhaseLearning.Of("alignment", "generation", "generation", losses);

        Assert.Equal((6, 2), (learning.FirstFifth, learning.LastFifth));
        Assert.Equal(Math.Sqrt(2), learning.StandardError, 12);
        Assert.True(learning.Learnt);
    }

    [Theory]
    [InlineData(new double[] { 5, 7, 6, 6, 6, 6, 6, 6, 5, 6 })]
    [InlineData(new double[] { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 })]
    [InlineData(new double[] { })]
    public void PhaseLearning_WithoutAClearFall_IsNotLearnt(double[] losses) =>
        Assert.False(PhaseLearning.Of("instruction", "comprehension", "vqa", losses).Learnt);

    [Fact]
    public void ClosedQuestions_StateAccuracyNextToTheBestConstantAnswers()
    {
        AnsweredQuestion[] questions =
        [
            Question("plane", "axial", "axial"), Question("plane", "Coronal.", "coronal"), Question("plane", "axial", "sagittal"), Question("plane", "axial", "axial"),
            Question("skull", "yes", "yes"), Question("skull", "yes", "no"),
        ];

        var closed = ClosedQuestions.Of(questions, new BlindGuess([Trained("plane?", "axial"), Trained("plane?", "axial"), Trained("plane?", "coronal"), Trained("skull?", "No")], ["plane?", "skull?"]), 1);

        Assert.Equal(4.0 / 6, closed.All.Correct, 12);
        Assert.Equal(new ConstantAnswer("axial", 2.0 / 6), closed.All.BestConstant);
        Assert.Equal(["plane", "skull"], closed.Kinds.Select(kind => kind.Kind));
        Assert.Equal((0.75, 0.5), (closed.Kinds[0].Correct, closed.Kinds[0].BestConstant.Accuracy));
        Assert.Equal((3.0 / 6, 3.0 / 6), (closed.BestConstantPerKind, closed.BestConstantPerQuestion));
        Assert.Equal((3.0 / 6, 0.5, 0.5), (closed.All.BlindGuess, closed.Kinds[0].BlindGuess, closed.Kinds[1].BlindGuess));
        Assert.Equal(questions, closed.Answers);
    }

    private static Sample Trained(string question, string answer) =>
        new() { File = "", Line = 1, Task = "vqa", Split = "train", Images = [], Question = question, Answer = answer };

    private static AnsweredQuestion Question(string kind, string answer, string truth) =>
        new() { Image = "", Task = "vqa", Question = kind + "?", Kind = kind, Answer = answer, Truth = truth, Seconds = 0 };
}
