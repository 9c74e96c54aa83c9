using HealthGpt.Model.Decoder;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

public sealed class GreedyChoiceTests(ITestOutputHelper output)
{
    private const int Seed = 811;

    [Fact]
    public void The_choice_is_torchs_of_any_width_and_the_first_of_several()
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        using var generator = new Generator(Seed);
        for (var round = 0; round < 200; round++)
        {
            using var scope = NewDisposeScope();
            int rows = random.Next(1, 9), width = random.Next(1, 300);
            // Few different numbers, so that the largest is there more than once.
            var logits = round % 2 == 0 ? randn(rows, 1, width, generator: generator) : randint(-3, 3, [rows, 1, width], generator: generator).to(ScalarType.Float32);

            Assert.Equal(logits.argmax(-1).flatten().data<long>().Select(id => (int)id), GreedyChoice.Of(logits));
        }
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(float.NegativeInfinity)]
    public void A_position_with_a_number_that_is_not_finite_has_none(float number)
    {
        using var scope = NewDisposeScope();
        for (var at = 0; at < 40; at++)
        {
            var logits = ones(2, 40);
            logits[1, at] = number;

            Assert.Equal([0, GreedyChoice.NotFinite], GreedyChoice.Of(logits));
        }
    }
}
