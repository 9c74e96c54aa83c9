using HealthGpt.Model.Decoder;
using HealthGpt.Model.Vocabulary;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

public sealed class TransformerDecoderTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var family in new[] { "phi3", "phi4", "qwen2" })
                foreach (var kind in new[] { "comprehension", "generation" }) cases.Add(family, kind);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Logits_loss_and_all_gradients_are_the_references(string family, string kind)
    {
        using var scope = NewDisposeScope();
        using var test = new DecoderCase(family, kind);
        using var gradients = Reference.Load(family, kind, "gradients.safetensors");
        foreach (var (_, tensor) in test.Trained()) tensor.requires_grad_();

        var embeddings = test.Embed();
        var logits = nn.functional.linear(test.Decoder.Forward(embeddings, test.HLora), test.Vocabulary.Head);
        var real = test.Expected.Get("spliced_mask").to(ScalarType.Bool);
        Reference.Near(test.Expected.Get("inputs_embeds")[real], embeddings[real], name: "embeddings");
        Reference.Near(test.Expected.Get("logits")[real], logits[real], name: "logits");

        var labels = test.Expected.Get("spliced_labels").narrow(1, 1, embeddings.shape[1] - 1).reshape(-1);
        var predictions = logits.narrow(1, 0, embeddings.shape[1] - 1).reshape(-1, logits.shape[2]);
        var loss = nn.functional.cross_entropy(predictions, labels, ignore_index: -100);
        Reference.Near(test.Expected.Get("loss").squeeze(), loss, name: "loss");

        loss.backward();
        var compared = 0;
        foreach (var (name, tensor) in test.Trained())
        {
            if (!gradients.Has(name)) continue;
            Reference.NearInNorm(gradients.Get(name), tensor.grad!, name);
            compared++;
        }

        Assert.Equal(gradients.Tensors.Count(), compared);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Greedy_tokens_through_the_cache_are_the_references(string family, string kind)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var test = new DecoderCase(family, kind);
        foreach (var (prompt, images, answer) in test.Greedy())
        {
            var expected = DecoderCase.Numbers(answer.GetProperty("new_tokens"));
            Assert.Equal(expected, Decode(test, prompt, images, expected.Length, 0, (int)test.Vocabulary.Head.shape[0]));
            if (!answer.TryGetProperty("image_tokens_only", out var codes)) continue;
            Assert.Equal(DecoderCase.Numbers(codes), Decode(test, prompt, images, codes.GetArrayLength(), test.Images.FirstCode, test.Images.Codes));
        }
    }

    private static int[] Decode(DecoderCase test, int[] prompt, Tensor[] images, int count, int firstRow, int rows)
    {
        using var cache = new KvCache(test.Decoder.Config, 1, 256, ScalarType.Float32);
        using var head = test.Vocabulary.Head.narrow(0, firstRow, rows);
        var input = EmbeddingSplice.Row(test.Vocabulary.Embedding, prompt, [.. images.Select(test.Adapter.Forward)]).unsqueeze(0);
        var tokens = new List<int>();
        while (tokens.Count < count)
        {
            var hidden = test.Decoder.Forward(input, test.HLora, cache);
            var last = hidden.narrow(1, hidden.shape[1] - 1, 1).squeeze();
            tokens.Add(firstRow + (int)head.matmul(last).argmax().ToInt64());
            input = EmbeddingSplice.Row(test.Vocabulary.Embedding, [tokens[^1]], []).unsqueeze(0);
        }

        return [.. tokens];
    }
}
