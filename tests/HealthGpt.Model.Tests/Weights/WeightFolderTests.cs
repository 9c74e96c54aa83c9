using System.Text;
using HealthGpt.Model.Weights;
using HealthGpt.Soak.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Weights;

public sealed class WeightFolderTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    private void WriteShard(string name, params string[] keys)
    {
        SavedTensor[] tensors = [.. keys.Select(key => SavedTensor.Random(new Random(1), key, ScalarType.Float32, 2))];
        _files.Write(name, TorchFiles.Archive(TorchPickle.StateDict(tensors), tensors));
    }

    private void WriteIndex(string map, string name = "pytorch_model.bin.index.json") => _files.Write(name, Encoding.UTF8.GetBytes($"{{\"metadata\":{{}},\"weight_map\":{map}}}"));

    private WeightFileException Refuse() => Assert.Throws<WeightFileException>(() => WeightSet.Load(_files.Folder, ScalarType.Float32).Dispose());

    [Fact]
    public void Shards_of_an_index_are_read_whatever_their_form()
    {
        WriteShard("one.bin", "a", "b");
        WriteShard("two.bin", "c");
        WriteIndex("""{"a":"one.bin","b":"one.bin","c":"two.bin"}""");

        using var weights = WeightSet.Load(_files.Folder, ScalarType.BFloat16, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["a", "b", "c"], weights.Tensors.Select(item => item.Key));
        Assert.All(weights.Tensors, item => Assert.Equal(ScalarType.BFloat16, item.Value.dtype));
    }

    [Theory]
    [InlineData("""{"a":"../one.bin"}""", "'../one.bin'")]
    [InlineData("""{"a":"/etc/passwd"}""", "'/etc/passwd'")]
    [InlineData("""{"a":".."}""", "'..'")]
    [InlineData("""{"a":7}""", "an object of texts by name is needed")]
    [InlineData("""{"a":"one.bin","a":"one.bin"}""", "has 'a' twice in weight_map")]
    [InlineData("""{"a":"one.bin","b":"one.bin","z":"one.bin"}""", "has no tensor 'z'")]
    [InlineData("""{"a":"one.bin"}""", "has the tensor 'b'")]
    [InlineData("""{"a":"gone.bin"}""", "gone.bin: does not exist")]
    public void An_index_that_lies_is_refused(string map, string said)
    {
        WriteShard("one.bin", "a", "b");
        WriteIndex(map);
        Assert.Contains(said, Refuse().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        WriteShard("one.bin", "a");
        WriteShard("two.bin", "a", "b");
        WriteIndex("""{"a":"one.bin","b":"two.bin"}""");
        Assert.Contains("has the tensor 'a', which", Refuse().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_or_with_several_is_refused_by_name()
    {
        Assert.Contains("model.safetensors: does not exist", Refuse().Message, StringComparison.Ordinal);
        WriteShard("one.ckpt", "a");
        using (var only = WeightSet.Load(_files.Folder, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken)) Assert.True(only.Has("a"));
        WriteShard("two.bin", "a");
        Assert.Contains("one.ckpt and two.bin", Refuse().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_misshapen_tensors_are_named_with_what_was_expected()
    {
        WriteShard("plugin.bin", "a", "b");
        var path = Path.Combine(_files.Folder, "plugin.bin");
        using var weights = WeightSet.Load(path, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);

        var missing = Assert.Throws<WeightFileException>(() => weights.Get("z", 4, 8));
        var misshapen = Assert.Throws<WeightFileException>(() => weights.Get("a", 4, 8));

        Assert.Equal($"{path}: has no tensor 'z', but the configuration asks for one of shape [4, 8]", missing.Message);
        Assert.Equal($"{path}: tensor 'a' has the shape [2], but the configuration asks for [4, 8]", misshapen.Message);
    }

    [Fact]
    public void A_file_of_another_kind_is_refused_with_its_first_bytes() =>
        Refused.ByOpening([.. "GIF89a, no weights at all"u8], "neither a safetensors file nor a PyTorch file", "starts with 474946383961");
}
