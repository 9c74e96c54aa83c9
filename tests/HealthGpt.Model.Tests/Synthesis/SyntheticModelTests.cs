using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Synthesis;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Synthesis;

public sealed class SyntheticModelTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The numbers of parameters that the publishers give.
    [Theory]
    [InlineData(ModelPreset.M3, 3_821_079_552)]
    [InlineData(ModelPreset.L14, 14_659_507_200)]
    [InlineData(ModelPreset.Xl32, 32_763_876_352)]
    public void A_preset_has_the_published_number_of_parameters(ModelPreset preset, long parameters)
    {
        var sizes = PublishedSizes.Of(preset);

        Assert.Equal(parameters, DecoderLayout.Of(sizes.Decoder).Elements);
        Assert.Equal(303_507_456, VisionTowerLayout.Of(sizes.Vision).Elements);
    }

    // Tokenizer length and 8,195 image tokens; XL32's once it is trained to draw.
    [Theory]
    [InlineData(ModelPreset.M3, 40_206)]
    [InlineData(ModelPreset.L14, 108_547)]
    [InlineData(ModelPreset.Xl32, 159_860)]
    public void A_preset_has_the_published_vocabulary_after_its_extension(ModelPreset preset, int rows)
    {
        var sizes = PublishedSizes.Of(preset);

        Assert.Equal(rows, new ImageVocabulary(sizes.TextTokens, sizes.Images.Codes).Size);
    }

    [Theory]
    [InlineData(ModelPreset.M3)]
    [InlineData(ModelPreset.L14)]
    [InlineData(ModelPreset.Xl32)]
    public void A_configuration_that_is_written_is_read_as_it_was(ModelPreset preset)
    {
        using var folder = new TemporaryFolder();
        var (path, decoder) = (Path.Combine(folder.Path, "config.json"), PublishedSizes.Of(preset).Decoder);

        decoder.Save(path, ScalarType.BFloat16);

        Assert.Equal(decoder, DecoderConfig.Load(path));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float32)]
    public void The_folder_is_sound_loads_and_its_numbers_have_the_size_of_a_models(ScalarType type)
    {
        using var root = new TemporaryFolder();
        var folder = Path.Combine(root.Path, "new", "model");
        new SyntheticModel(ModelPreset.Nano, type, 7).Write(folder, _ => { }, Stop);

        Assert.Empty(ModelCheck.Run(folder, Stop).Faults);
        using var scope = NewDisposeScope();
        using var model = HealthGptModel.Load(folder, ScalarType.Float32, cancellationToken: Stop);
        foreach (var task in model.Manifest.Plugins.Keys) model.LoadPlugin(task, cancellationToken: Stop).Dispose();
        using var weights = WeightSet.Load(Path.Combine(folder, "base"), ScalarType.Float32, cancellationToken: Stop);
        var matrix = weights.Get("model.layers.0.mlp.down_proj.weight");
        Assert.Equal(0, matrix.mean().ToDouble(), 3);
        Assert.Equal(1 / Math.Sqrt(704), matrix.std().ToDouble(), 3);
        Assert.Equal(Math.Sqrt(3.0 / 704), matrix.abs().max().ToDouble(), 3);
    }

    [Fact]
    public void The_bytes_depend_on_the_seed_alone()
    {
        using SyntheticNano first = new(1), second = new(1), other = new(2);

        Assert.Equal(ModelManifest.Load(first.Folder).Base, ModelManifest.Load(second.Folder).Base);
        Assert.NotEqual(ModelManifest.Load(first.Folder).Base, ModelManifest.Load(other.Folder).Base);
        // The same on every machine.
        Assert.Equal("51be319230b88c72cc36c5578f3a4a72fcc53c3e583f77951e64aafee79032de", ModelManifest.Load(first.Folder).Base.Sha256);
    }

    [Fact]
    public void Nothing_is_written_over_another_folder_or_on_a_full_disk()
    {
        using var nano = new SyntheticNano();
        var before = File.GetLastWriteTimeUtc(nano.At("healthgpt.json"));

        Assert.Throws<FolderNotEmptyException>(() => new SyntheticModel(ModelPreset.Nano, ScalarType.BFloat16, 1).Write(nano.Folder, _ => { }, Stop));
        var full = Assert.Throws<DiskSpaceException>(() => DiskSpace.Require(nano.At("not", "there"), long.MaxValue));

        Assert.Contains($"needs {long.MaxValue} bytes", full.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.GetLastWriteTimeUtc(nano.At("healthgpt.json")));
    }

    [Fact]
    public void What_is_given_up_leaves_nothing()
    {
        using var root = new TemporaryFolder();
        using var cancel = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(
            () => new SyntheticModel(ModelPreset.Nano, ScalarType.BFloat16, 1).Write(Path.Combine(root.Path, "model"), part => { if (part == "fusion") cancel.Cancel(); }, cancel.Token));

        Assert.Empty(Directory.GetFileSystemEntries(root.Path));
    }
}
