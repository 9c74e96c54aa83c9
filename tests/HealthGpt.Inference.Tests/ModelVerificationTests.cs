using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;

namespace HealthGpt.Inference.Tests;

/// <summary>A served model is the one its manifest names, byte for byte.</summary>
public sealed class ModelVerificationTests : IDisposable
{
    private readonly TinyModel _tiny = new();

    [Theory]
    [InlineData("base", "../base/llm", "model.safetensors")]
    [InlineData("visionTower", "../base/tower", "model.safetensors")]
    [InlineData("imageTokenizer", "../base/images", "model.yaml")]
    [InlineData("tokenizer", "../base/tokenizer", "byte_tokenizer.json")]
    [InlineData("fusion", "fusion.safetensors", "")]
    [InlineData("plugins.vqa", "plugins/vqa", "plugin.safetensors")]
    public async Task A_part_that_was_changed_is_refused_by_name_with_both_hashes(string part, string path, string file)
    {
        var folder = Path.GetFullPath(Path.Combine(_tiny.Folder, path));
        var before = PartHash.Of(folder, cancellationToken: TestContext.Current.CancellationToken);
        ChangeLastByte(file.Length == 0 ? folder : Path.Combine(folder, file));

        var error = await Assert.ThrowsAsync<WeightFileException>(LoadAsync);

        Assert.Equal(folder, error.File);
        Assert.Contains($"part '{part}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(before, error.Message, StringComparison.Ordinal);
        Assert.Contains(PartHash.Of(folder, cancellationToken: TestContext.Current.CancellationToken), error.Message, StringComparison.Ordinal);
        Assert.Contains("Copy it again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_is_missing_is_refused_by_name()
    {
        Directory.Delete(Path.Combine(_tiny.Folder, "..", "base", "llm"), recursive: true);

        var error = await Assert.ThrowsAsync<WeightFileException>(LoadAsync);

        Assert.Equal(Path.GetFullPath(Path.Combine(_tiny.Folder, "..", "base", "llm", "config.json")), error.File);
        Assert.Contains("does not exist", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _tiny.Dispose();

    private Task<InferenceEngine> LoadAsync() => InferenceEngine.LoadAsync(_tiny.Folder, null, TestContext.Current.CancellationToken);

    private static void ChangeLastByte(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}
