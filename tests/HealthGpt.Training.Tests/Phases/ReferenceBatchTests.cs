using HealthGpt.Model.Tests;
using HealthGpt.Model.Tests.Decoder;
using HealthGpt.Model.Text;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests.Phases;

public sealed class ReferenceBatchTests
{
    private const long Unlearnt = -100;

    public static TheoryData<string, string> Cases => Reference.Decoders;

    [Theory, MemberData(nameof(Cases))]
    public void Spliced_labels_and_mask_are_the_references(string family, string kind)
    {
        using var scope = NewDisposeScope();
        using var test = new DecoderCase(family, kind);
        var patches = test.Tower.Config.Patches;
        var rows = (int)test.Expected.Get("input_ids").shape[0];
        PreparedSample[] samples = [.. Enumerable.Range(0, rows).Select(row => Sample(test, row, patches))];
        var layout = new BatchLayout(samples, patches, test.Images.TextTokens, [.. samples.Select(sample => sample.Answer)]);

        // The reference's rows have one place more: the last token, which is predicted and never read.
        var width = layout.Length + 1;
        Assert.Equal([rows, width], test.Expected.Get("spliced_labels").shape);
        var labels = Enumerable.Repeat(Unlearnt, rows * width).ToArray();
        foreach (var (place, target) in layout.AnswerPlaces.Zip(layout.Targets)) labels[Wide(place) + 1] = target;
        Assert.Equal(test.Expected.Get("spliced_labels").flatten().data<long>().ToArray(), labels);

        var mask = new bool[rows * width];
        foreach (var place in layout.PatchPlaces.Concat(layout.ImageTokenPlaces)) mask[Wide(place)] = true;
        for (var place = 0; place < layout.TextIds.Length; place++) mask[Wide(place)] |= layout.TextIds[place] > 0;
        for (var row = 0; row < rows; row++) mask[(row * width) + samples[row].Length] = true;
        Assert.Equal(test.Expected.Get("spliced_mask").to(ScalarType.Bool).flatten().data<bool>().ToArray(), mask);

        int Wide(long place) => (int)(place + (place / layout.Length));
    }

    private static PreparedSample Sample(DecoderCase test, int row, int patches)
    {
        var ids = test.Ids(row);
        var start = Array.FindIndex(test.Expected.Get("labels")[row].data<long>().ToArray(), label => label != Unlearnt);
        var images = ids.Count(id => id == Prompt.ImageId);
        return new PreparedSample
        {
            Generation = false,
            Prompt = ids[..start],
            Images = [.. Enumerable.Repeat(new ImageReference("a.png", "00"), images)],
            Answer = ids[start..],
            AnswerTokens = ids.Length - start,
            Length = ids.Length - 1 + (images * (patches - 1)),
        };
    }
}
