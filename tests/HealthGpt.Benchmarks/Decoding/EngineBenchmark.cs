using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Inference;

namespace HealthGpt.Benchmarks.Decoding;

/// <summary>What a client of the inference engine waits for.</summary>
internal sealed class EngineBenchmark : IBenchmark
{
    private const int Questions = 4;
    private const int Tokens = 24;

    public string Name => "engine";

    public void Run(Meter meter)
    {
        using var folder = new TemporaryFolder();
        var model = folder["model"];
        ServedModel.Write(model);
        var forgetful = new EngineOptions { FeatureCacheBytes = 0, MaxActive = Questions };
        using var single = new EngineQuestions(model, forgetful, Tokens, Questions);
        using var half = new EngineQuestions(model, forgetful with { Precision = Precision.BFloat16 }, Tokens, Questions);
        using var remembering = new EngineQuestions(model, new EngineOptions(), Tokens, Questions);
        const string First = "time to the first token of one question";
        meter.Compare(Name, First, Side.Reporting("float32", single.FirstToken), Side.Reporting("bfloat16", half.FirstToken));
        meter.Compare(Name, First + ", float32", Side.Reporting("a new image", single.FirstToken), Side.Reporting("an image asked about before", remembering.FirstToken));
        meter.Compare(
            Name, $"mean time to the first token of {Questions} questions that come together, {Tokens} tokens each",
            Side.Reporting("one after another", single.OneByOne),
            Side.Reporting("in turns", single.AtOnce));
        meter.Compare(
            Name, $"time to the last of {Questions} answers of {Tokens} tokens",
            Side.Of("one after another", () => single.OneByOne()),
            Side.Of("in turns", () => single.AtOnce()), new Work(Questions * Tokens, "tokens"));
    }
}
