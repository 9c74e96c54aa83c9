using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests;

/// <summary>Where the reference numbers lie, and how closely they must be met.</summary>
internal static class Reference
{
    /// <summary>The copy beside the tests, with what was added to it: data that no other folder of the form has.</summary>
    public static string Own { get; } = Path.Combine(AppContext.BaseDirectory, "Golden");

    /// <summary>The folder <c>model</c> of the reference data; the copy beside the tests unless HEALTHGPT_GOLDEN names another.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("HEALTHGPT_GOLDEN") is { Length: > 0 } other
        ? Path.Combine(other, "model")
        : Own;

    /// <summary>Every family and kind that the folder holds.</summary>
    public static TheoryData<string, string> Decoders
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var path in Directory.GetFiles(Folder, "forward.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var kind = Path.GetDirectoryName(path)!;
                cases.Add(Path.GetFileName(Path.GetDirectoryName(kind)!), Path.GetFileName(kind));
            }

            return cases;
        }
    }

    /// <summary>Folders of the reference with expected values beside a configuration file of some name.</summary>
    public static IEnumerable<string> Parts(string config) => Directory.GetFiles(Folder, "expected.safetensors", SearchOption.AllDirectories)
        .Select(file => Path.GetDirectoryName(file)!).Where(folder => File.Exists(Path.Combine(folder, config))).Select(folder => Path.GetRelativePath(Folder, folder)).Order(StringComparer.Ordinal);

    /// <summary>Tokenizer folders; of another golden folder where HEALTHGPT_GOLDEN names one.</summary>
    public static string Tokenizers { get; } = Path.Combine(Environment.GetEnvironmentVariable("HEALTHGPT_GOLDEN") is { Length: > 0 } other ? other : Own, "tokenizers");

    public static WeightSet Load(params string[] path) => Load(CPU, path);

    public static WeightSet Load(Device device, params string[] path) => WeightSet.Load(Path.Combine([Folder, .. path]), ScalarType.Float32, device);

    /// <summary>Weights that are beside the tests as safetensors and elsewhere as they were released.</summary>
    public static WeightSet LoadEither(string converted, string released, Device? device = null, ScalarType type = ScalarType.Float32) =>
        WeightSet.Load(Path.Combine(Folder, File.Exists(Path.Combine(Folder, converted)) ? converted : released), type, device);

    /// <summary>Every element within the tolerance, absolute or relative.</summary>
    public static void Near(Tensor expected, Tensor found, double tolerance = 1e-4, string name = "")
    {
        using var scope = NewDisposeScope();
        (expected, found) = (expected.to(CPU), found.to(CPU));
        Assert.Equal(expected.shape, found.shape);
        var difference = (expected - found).abs() / expected.abs().clamp_min(1);
        Assert.True(difference.max().ToDouble() <= tolerance, $"{name} differs by {difference.max().ToDouble():E2}, allowed {tolerance:E2}");
    }

    /// <summary>Within a share of the expected tensor's norm.</summary>
    public static void NearInNorm(Tensor expected, Tensor found, string name, double tolerance = 1e-3)
    {
        using var scope = NewDisposeScope();
        (expected, found) = (expected.to(CPU), found.to(CPU));
        Assert.Equal(expected.shape, found.shape);
        var error = (expected - found).norm().ToDouble() / Math.Max(expected.norm().ToDouble(), 1e-12);
        Assert.True(error <= tolerance, $"{name} differs by {error:E2} of its norm, allowed {tolerance:E2}");
    }
}
