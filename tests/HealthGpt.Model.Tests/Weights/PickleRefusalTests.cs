using HealthGpt.Model.Weights;
using HealthGpt.Soak.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Weights;

public sealed class PickleRefusalTests
{
    private static readonly SavedTensor Weight = new("w", ScalarType.Float32, [2, 3], new byte[24]);

    private static void RefusePickle(byte[] pickle, params string[] words)
    {
        Refused.ByOpening(TorchFiles.Archive(pickle, [Weight]), words);
        Refused.ByOpening(TorchFiles.Legacy(pickle, [Weight]), words);
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("numpy.core.multiarray", "_reconstruct")]
    [InlineData("collections", "defaultdict")]
    [InlineData("torch", "QUInt8Storage")]
    [InlineData("pytorch_lightning", "Trainer")]
    public void A_name_outside_the_few_allowed_is_refused_and_not_called(string module, string name)
    {
        RefusePickle(new PickleWriter().Global(module, name).Text("touch owned").Raw(0x85).Op('R').Stop(), $"{module}.{name}", "nothing of it was executed");
        RefusePickle(new PickleWriter(4).Text(module).Text(name).Raw(0x93).Stop(), $"{module}.{name}");
    }

    public static TheoryData<string, byte[], string> Misuses => new()
    {
        { "a callback's class called", new PickleWriter().Global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint").Op(')').Op('R').Stop(), "it was not executed" },
        { "a storage called", new PickleWriter().Global("torch", "FloatStorage").Tuple(1L << 40).Op('R').Stop(), "it was not executed" },
        { "NEWOBJ", new PickleWriter().Global("collections", "OrderedDict").Op(')').Raw(0x81).Stop(), "opcode 0x81" },
        { "INST", new PickleWriter().Op('(').Raw([.. "ios\nsystem\n"u8]).Stop(), "opcode 0x69" },
        { "OBJ", new PickleWriter().Op('(').Global("collections", "OrderedDict").Op('o').Stop(), "opcode 0x6f" },
        { "an extension", new PickleWriter().Raw(0x82, 1).Stop(), "opcode 0x82" },
        { "a text persistent id", new PickleWriter().Raw([.. "Pstorage\n"u8]).Stop(), "opcode 0x50" },
        { "a module as persistent id", new PickleWriter().Op('(').Text("module").Global("collections", "OrderedDict").Text("a.py").Text("import os").Op('t').Op('Q').Stop(), "no torch storage" },
        { "attributes of a tensor", TorchPickle.WriteTensor(new PickleWriter(), Weight, false).Op('}').Op('b').Stop(), "gives attributes to something that is no dictionary" },
        { "an empty stack", new PickleWriter().Op('0').Stop(), "more from the stack" },
        { "no mark", new PickleWriter().Op('t').Stop(), "mark" },
        { "an unknown memo", new PickleWriter().Get(7).Stop(), "the object 7" },
        { "a key without value", new PickleWriter().Op('}').Op('(').Text("a").Op('u').Stop(), "a key without a value" },
        { "items of a tuple", new PickleWriter().Op(')').Text("a").Op('a').Stop(), "no List" },
        { "text that is no UTF-8", new PickleWriter().Op('X').Raw(2, 0, 0, 0, 0xc3, 0x28).Stop(), "no UTF-8" },
        { "a string of 4 GB", new PickleWriter().Op('X').Raw(0xff, 0xff, 0xff, 0xff).Stop(), "string of 4294967295 bytes" },
        { "protocol 0", new PickleWriter().Raw(0x80, 0).Stop(), "protocol 0" },
        { "a list at the top", new PickleWriter().Op(']').Stop(), "no dictionary of tensors" },
        { "no tensors", new PickleWriter().Op('}').Text("epoch").Number(1).Op('s').Stop(), "holds no tensors by name" },
    };

    [Theory, MemberData(nameof(Misuses))]
    public void A_pickle_that_no_file_of_tensors_needs_is_refused(string what, byte[] pickle, string said)
    {
        Assert.NotEmpty(what);
        Refused.ByOpening(TorchFiles.Archive(pickle, [Weight]), said);
    }

    [Fact]
    public void A_container_within_itself_is_refused()
    {
        RefusePickle(new PickleWriter().Op('}').Put(0).Text("self").Get(0).Op('s').Stop(), "contains itself");
        RefusePickle(new PickleWriter().Op('}').Text("a").Op(']').Put(0).Get(0).Raw(0x85).Op('a').Op('s').Stop(), "contains itself");
    }

    [Fact]
    public void A_billion_laughs_are_refused()
    {
        var pickle = new PickleWriter().Op(']').Put(0).Op('0');
        for (var level = 1; level < 40; level++)
        {
            pickle.Op(']').Op('(');
            for (var copy = 0; copy < 10; copy++) pickle.Get(level - 1);
            pickle.Op('e').Put(level).Op('0');
        }

        RefusePickle(pickle.Op('}').Text("laughs").Get(39).Op('s').Stop(), "10000000 objects when written out");
    }

    [Fact]
    public void Many_objects_in_a_small_file_are_refused() =>
        RefusePickle(new PickleWriter().Op('(').Raw([.. Enumerable.Repeat((byte)']', 2_000_000)]).Stop(), "bytes of memory, the limit for a file of");

    private static readonly Dictionary<string, (SavedTensor Tensor, string Said)> Lies = new()
    {
        ["views beyond the storage"] = (Weight with { Shape = [2, 4] }, "'w' views 8 elements from element 0 of the storage 'w', which has 6"),
        ["starts beyond the storage"] = (Weight with { Offset = 5 }, "views 6 elements from element 5"),
        ["starts before the storage"] = (Weight with { Offset = -1 }, "views 6 elements from element -1"),
        ["a negative size"] = (Weight with { Shape = [-2, -3] }, "negative size"),
        ["a negative stride"] = (Weight with { Strides = [3, -1] }, "strides [3, -1]"),
        ["too few strides"] = (Weight with { Strides = [1] }, "strides [1]"),
        ["one element a billion times"] = (Weight with { Shape = [1L << 30, 1], Strides = [0, 1] }, "more than once each"),
        ["a shape that overflows"] = (Weight with { Shape = [1L << 62, 1L << 62, 0] }, "more elements than any file holds"),
        ["more elements than stored"] = (Weight with { ClaimedElements = 1L << 40 }, "needs 4398046511104 bytes"),
        ["fewer elements than stored"] = (Weight with { ClaimedElements = 6, Elements = new byte[32] }, "needs 24 bytes"),
        ["a negative storage"] = (Weight with { ClaimedElements = -6 }, "-6 elements"),
        ["another storage"] = (Weight with { Key = "../../etc/passwd" }, "leads out of the archive"),
    };

    public static TheoryData<string> LieNames => [.. Lies.Keys];

    [Theory, MemberData(nameof(LieNames))]
    public void A_tensor_that_its_storage_does_not_hold_is_refused(string lie)
    {
        var (tensor, said) = Lies[lie];
        Refused.ByOpening(TorchFiles.Archive(TorchPickle.StateDict([tensor]), [tensor]), said);
    }

    [Fact]
    public void The_same_elements_a_thousand_times_are_refused()
    {
        var large = new SavedTensor("w", ScalarType.Float32, [1 << 20], new byte[4 << 20]);
        SavedTensor[] copies = [.. Enumerable.Range(0, 1000).Select(copy => large with { Name = $"w{copy}", Key = "w" })];
        Refused.ByOpening(TorchFiles.Archive(TorchPickle.StateDict(copies), [large]), "refers to the same bytes too often");
    }

    [Fact]
    public void Small_tensors_scattered_over_a_large_storage_are_refused()
    {
        var large = new SavedTensor("w", ScalarType.Float32, [1 << 20], new byte[4 << 20]);
        SavedTensor[] scattered = [.. Enumerable.Range(0, 1000).Select(view => large with { Name = $"w{view}", Key = "w", Shape = [2], Strides = [(1 << 20) - 1] })];
        Refused.ByOpening(TorchFiles.Archive(TorchPickle.StateDict(scattered), [large]), "refers to the same bytes too often", "counts with all that it spans");
    }

    [Fact]
    public void A_large_storage_may_be_read_as_it_is_and_transposed()
    {
        var large = new SavedTensor("w", ScalarType.Float32, [1 << 10, 1 << 12], new byte[16 << 20]);
        var transposed = large with { Name = "t", Key = "w", Shape = [1 << 12, 1 << 10], Strides = [1, 1 << 12] };
        using var file = WeightFile.Parse(TorchFiles.Archive(TorchPickle.StateDict([large, transposed]), [large]));
        Assert.Equal(2, file.Entries.Count);
    }

    [Fact]
    public void A_storage_of_two_types_is_refused() =>
        Refused.ByOpening(TorchFiles.Archive(TorchPickle.StateDict([Weight, Weight with { Name = "v", Type = ScalarType.Int32, Key = "w" }]), [Weight]), "describes the storage 'w' twice");

    [Fact]
    public void A_name_given_twice_is_refused() => Refused.ByOpening(TorchFiles.Archive(TorchPickle.StateDict([Weight, Weight]), [Weight]), "names the tensor 'w' twice");

    [Fact]
    public void A_legacy_file_cut_anywhere_is_refused()
    {
        var whole = TorchFiles.Legacy(TorchPickle.StateDict([Weight], legacy: true), [Weight]);
        for (var length = 0; length < whole.Length; length++) Refused.ByOpening(whole[..length]);
        Refused.ByOpening([.. whole, 0], "1 bytes after its last storage");
    }

    [Fact]
    public void A_pickle_of_something_else_is_refused() => Refused.ByOpening(new PickleWriter().Op('}').Stop(), "none of torch.save");
}
