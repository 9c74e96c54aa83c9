using HealthGpt.Model.Decoder;
using HealthGpt.Model.Vocabulary;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

public sealed class TransformerDecoderTests
{
    public static TheoryData<string, string, string> Cases => TestDevices.Each(Reference.Decoders);

    [Theory, MemberData(nameof(Cases))]
    public void Logits_loss_and_all_gradients_are_the_references(string family, string kind, string device)
    {
        using var scope = NewDisposeScope();
        using var test = new DecoderCase(family, kind, TestDevices.Open(device));
        using var gradients = Reference.Load(family, kind, "gradients.safetensors");
        foreach (var (_, tensor) in test.Trained()) tensor.requires_grad_();

        var embeddings = test.Embed();
        var logits = test.Logits(embeddings);
        var real = test.Expected.Get("spliced_mask").to(ScalarType.Bool);
        Reference.Near(test.Expected.Get("inputs_embeds")[real], embeddings[real], name: "embeddings");
        Reference.Near(test.Expected.Get("logits")[real], logits[real], name: "logits");

        var loss = test.Loss(logits);
        Reference.Near(test.Expected.Get("loss").squeeze(), loss, name: "loss");

        loss.backward();
        var compared = 0;
        foreach (var (name, tensor) in test.Trained())
        {
            if (!gradients.Has(name)) continue;
            Reference.NearInNorm(gradients.Get(name), tensor.grad!, "the gradient of " + name);
            compared++;
        }

        Assert.Equal(gradients.Tensors.Count(), compared);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Logits_in_bfloat16_are_near_the_references(string family, string kind, string device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var test = new DecoderCase(family, kind, TestDevices.Open(device), ScalarType.BFloat16);

        var logits = test.Logits(test.Embed()).to(ScalarType.Float32);

        var real = test.Expected.Get("spliced_mask").to(ScalarType.Bool);
        // The weights lose bits too, which the reference's keep.
        Reference.NearInNorm(test.Expected.Get("logits")[real], logits[real], "logits", tolerance: 3e-2);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Greedy_tokens_are_the_references_with_and_without_a_cache(string family, string kind, string device)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var test = new DecoderCase(family, kind, TestDevices.Open(device));
        foreach (var (prompt, images, answer) in test.Greedy())
        {
            var expected = DecoderCase.Numbers(answer.GetProperty("new_tokens"));
            RequireGreedy(test, prompt, images, expected, 0, (int)test.Vocabulary.Head.shape[0]);
            if (answer.TryGetProperty("image_tokens_only", out var codes))
                RequireGreedy(test, prompt, images, DecoderCase.Numbers(codes), test.Images.FirstCode, test.Images.Codes);
        }
    }

    [Fact]
    public void A_sequence_beyond_the_first_positions_is_turned_as_one_that_was_planned_for()
    {
        const int Length = 4200;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var small = RandomDecoder.Configurations[2] with { Hidden = 8, Layers = 1, FeedForward = 8 };
        using var promising = new RandomDecoder(small with { MaxPositions = 1 << 20 }, seed: 3);
        using var planned = new RandomDecoder(small with { MaxPositions = Length }, seed: 3);
        var x = randn(1, Length, 8);
        using var cache = new KvCache(small with { MaxPositions = Length }, 1, Length, ScalarType.Float32);

        var first = promising.Decoder.Forward(x.narrow(1, 0, 10));
        var whole = promising.Decoder.Forward(x);
        planned.Decoder.Forward(x.narrow(1, 0, Length - 1), cache: cache);
        // One token with a cache does its own turns.
        var last = planned.Decoder.Forward(x.narrow(1, Length - 1, 1), cache: cache);

        Assert.Equal(planned.Decoder.Forward(x).data<float>().ToArray(), whole.data<float>().ToArray());
        Reference.Near(first, whole.narrow(1, 0, 10));
        Reference.Near(last, whole.narrow(1, Length - 1, 1));
    }

    private static void RequireGreedy(DecoderCase test, int[] prompt, Tensor[] images, int[] expected, int firstRow, int rows)
    {
        var start = EmbeddingSplice.Row(test.Vocabulary.Embedding, prompt, [.. images.Select(test.Adapter.Forward)]).unsqueeze(0);
        var sequence = start;
        Assert.Equal(expected, Decode(test, expected.Length, firstRow, rows, token => Whole(test, ref sequence, token)));

        using var cache = new KvCache(test.Decoder.Config, 1, 256, ScalarType.Float32, test.Decoder.Device);
        Assert.Equal(expected, Decode(test, expected.Length, firstRow, rows, token => test.Decoder.Forward(token is { } id ? Embed(test, id) : start, test.HLora, cache)));

        using var stepped = new KvCache(test.Decoder.Config, 1, 256, ScalarType.Float32, test.Decoder.Device);
        Assert.Equal(expected, Decode(test, expected.Length, firstRow, rows, token => token is { } id
            ? test.Decoder.Forward(Embed(test, id), test.HLora, stepped)
            : cat([.. start.unbind(1).Select(one => test.Decoder.Forward(one.unsqueeze(1), test.HLora, stepped))], 1)));
    }

    private static Tensor Whole(DecoderCase test, ref Tensor sequence, int? token)
    {
        if (token is { } id) sequence = cat([sequence, Embed(test, id)], 1);
        return test.Decoder.Forward(sequence, test.HLora);
    }

    private static Tensor Embed(DecoderCase test, int token) => EmbeddingSplice.Row(test.Vocabulary.Embedding, [token], []).unsqueeze(0);

    private static int[] Decode(DecoderCase test, int count, int firstRow, int rows, Func<int?, Tensor> read)
    {
        var head = test.Vocabulary.Head.narrow(0, firstRow, rows);
        var tokens = new List<int>();
        while (tokens.Count < count)
        {
            var hidden = read(tokens.Count == 0 ? null : tokens[^1]);
            var logits = LogitProjection.Apply(hidden.narrow(1, hidden.shape[1] - 1, 1), head);
            tokens.Add(firstRow + (int)logits.flatten().argmax().ToInt64());
        }

        return [.. tokens];
    }
}
