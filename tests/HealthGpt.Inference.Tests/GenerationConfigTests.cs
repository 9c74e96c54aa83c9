using HealthGpt.Data.Images;
using HealthGpt.Model.Text;
using Xunit;

namespace HealthGpt.Inference.Tests;

public sealed class GenerationConfigTests
{
    private const int Tokens = 24;
    private static readonly byte[] Slice = new RgbImage(16, 16, [.. Enumerable.Range(0, 768).Select(at => (byte)(at * 37))]).EncodePng();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vqa", "Which plane?", 1.3)]
    [InlineData("vqa", "Which plane?", 0.5)]
    [InlineData("super-resolution", "Sharpen.", 1.3)]
    public async Task Tokens_that_an_answer_holds_are_weighed_by_the_bases_repetition_penalty(string task, string question, double penalty)
    {
        using var model = new TinyModel(FormattableString.Invariant($$"""{"repetition_penalty": {{penalty}}, "do_sample": true, "temperature": 0.7, "top_k": 20, "eos_token_id": null}"""));
        var tokens = task == "vqa" ? Tokens : TinyModel.ImageTokens;
        var expected = PlainDecoding.Decode(model.Folder, task, $"<image>\n{question}", [Slice], tokens, penalty);
        Assert.NotEqual(PlainDecoding.Decode(model.Folder, task, $"<image>\n{question}", [Slice], tokens), expected);

        var chunks = await Answer(model, task, question);

        if (task == "vqa") Assert.Equal(Text(expected), string.Concat(chunks.Select(chunk => chunk.Text)));
        else Assert.Equal(PlainDecoding.Draw(model.Folder, expected).Pixels, RgbImage.Decode(chunks[^1].ImagePng!, "answer").Pixels);
    }

    [Fact]
    public async Task An_answer_ends_at_each_token_that_the_base_names()
    {
        using var plain = new TinyModel();
        var tokens = PlainDecoding.Decode(plain.Folder, "vqa", "<image>\nWhich plane?", [Slice], Tokens);
        var end = tokens.First(token => token != tokens[0]);
        using var model = new TinyModel($$"""{"eos_token_id": [1000000, {{end}}]}""");

        var chunks = await Answer(model, "vqa", "Which plane?");

        Assert.Equal(Text(tokens.TakeWhile(token => token != end)), string.Concat(chunks.Select(chunk => chunk.Text)));
        Assert.Equal(FinishReason.Stop, chunks[^1].Finish);
    }

    private static async Task<List<GenerationChunk>> Answer(TinyModel model, string task, string question)
    {
        await using var engine = await InferenceEngine.LoadAsync(model.Folder, new EngineOptions { Precision = Precision.Float32 }, Stop);
        var chunks = new List<GenerationChunk>();
        await foreach (var chunk in engine.GenerateAsync(new GenerationRequest { Task = task, Question = question, Images = [Slice], MaxTokens = task == "vqa" ? Tokens : null }, Stop)) chunks.Add(chunk);
        return chunks;
    }

    // Never finished, as the engine's answers are not.
    private static string Text(IEnumerable<int> tokens)
    {
        var decoder = new ByteTokenizer(["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]).StartDecoding();
        return string.Concat(tokens.Select(decoder.Append));
    }
}
