using HealthGpt.Model.Weights;
using HealthGpt.Soak.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Weights;

public sealed class TorchFormTests
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
    ];

    public static TheoryData<string> Seeds => [.. SeedFiles.Make().Select(seed => seed.Name)];

    [Theory, MemberData(nameof(Seeds))]
    public void Every_form_gives_the_same_bits_from_the_file_from_memory_and_after_conversion(string name)
    {
        using var scope = NewDisposeScope();
        using var files = new TemporaryFiles();
        var bytes = SeedFiles.Make().Single(seed => seed.Name == name).Bytes;
        using var mapped = WeightFile.Open(files.Write("a.bin", bytes));
        using var parsed = WeightFile.Parse(bytes);
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, mapped, cancellationToken: TestContext.Current.CancellationToken);
        using var converted = SafetensorsFile.Parse(stream.ToArray());

        Assert.Equal(mapped.Entries.Keys.Order(StringComparer.Ordinal), converted.Entries.Keys);
        foreach (var entry in mapped.Entries.Values)
        {
            var expected = mapped.Read(entry.Name);
            Assert.Equal(expected.bytes.ToArray(), parsed.Read(entry.Name).bytes.ToArray());
            Assert.Equal(expected.bytes.ToArray(), converted.Read(entry.Name).bytes.ToArray());
            Assert.Equal((entry.Type, entry.Length), (converted.Entries[entry.Name].Type, converted.Entries[entry.Name].Length));
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Elements_of_every_type_come_out_as_they_went_in(bool legacy)
    {
        using var scope = NewDisposeScope();
        var random = new Random(5);
        SavedTensor[] tensors = [.. Types.Select(type => SavedTensor.Random(random, $"{type}", type, 3, 5))];
        var pickle = TorchPickle.StateDict(tensors, legacy);
        using var file = WeightFile.Parse(legacy ? TorchFiles.Legacy(pickle, tensors) : TorchFiles.Archive(pickle, tensors));

        Assert.Equal(legacy ? WeightFileKind.PyTorchLegacy : WeightFileKind.PyTorchArchive, file.Kind);
        foreach (var tensor in tensors)
        {
            var read = file.Read(tensor.Name);
            Assert.Equal(tensor.Type, read.dtype);
            Assert.Equal(tensor.Shape, read.shape);
            Assert.Equal(tensor.Elements, read.bytes.ToArray());
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Views_of_one_storage_are_what_torch_would_show(bool legacy)
    {
        using var scope = NewDisposeScope();
        var whole = arange(24, ScalarType.Float32).view(6, 4);
        var saved = new SavedTensor("whole", ScalarType.Float32, [6, 4], whole.bytes.ToArray());
        SavedTensor[] tensors =
        [
            saved, saved with { Name = "transposed", Shape = [4, 6], Strides = [1, 4], IsParameter = true }, saved with { Name = "rows", Shape = [2, 4], Offset = 8 },
            saved with { Name = "column", Shape = [6], Strides = [4], Offset = 2 },
        ];
        var pickle = TorchPickle.StateDict(tensors, legacy);
        using var file = WeightFile.Parse(legacy ? TorchFiles.Legacy(pickle, tensors) : TorchFiles.Archive(pickle, tensors));

        foreach (var (name, expected) in new[] { ("whole", whole), ("transposed", whole.t()), ("rows", whole[2..4]), ("column", whole.select(1, 2)) })
        {
            var read = file.Read(name);
            Assert.True(read.is_contiguous());
            Assert.True(expected.equal(read).all().ToBoolean(), name);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_Lightning_checkpoint_gives_its_state_dict_and_names_what_it_leaves_out(bool legacy)
    {
        SavedTensor[] tensors = [SavedTensor.Random(new Random(6), "encoder.conv_in.weight", ScalarType.Float32, 2, 3)];
        var pickle = TorchPickle.Lightning(tensors, legacy);
        using var file = WeightFile.Parse(legacy ? TorchFiles.Legacy(pickle, tensors) : TorchFiles.Archive(pickle, tensors));

        Assert.Equal(["encoder.conv_in.weight"], file.Entries.Keys);
        Assert.Equal(["callbacks", "epoch", "global_step", "lr_schedulers", "nothing", "optimizer_states", "pytorch-lightning_version"], file.IgnoredKeys.Order(StringComparer.Ordinal));
    }
}
