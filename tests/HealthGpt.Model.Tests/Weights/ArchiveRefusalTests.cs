using HealthGpt.Soak.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Weights;

public sealed class ArchiveRefusalTests
{
    private static readonly SavedTensor Weight = new("w", ScalarType.Float32, [6], new byte[24]);
    private static readonly byte[] Pickle = TorchPickle.StateDict([Weight]);

    private static byte[] With(Func<ZipMember, ZipMember> change) => ZipWriter.Write([.. TorchFiles.Members(Pickle, [Weight]).Select(change)]);

    private static byte[] WithWeight(Func<ZipMember, ZipMember> change) => With(member => member.Name.EndsWith("/w", StringComparison.Ordinal) ? change(member) : member);

    private static byte[] And(ZipMember member) => ZipWriter.Write([.. TorchFiles.Members(Pickle, [Weight]), member]);

    public static TheoryData<string, byte[], string> Archives => new()
    {
        { "compressed", WithWeight(member => member with { Method = 8 }), "compressed archive member 'weights/data/w' (method 8)" },
        { "a zip bomb", WithWeight(member => member with { Method = 8, ClaimedSize = 4_000_000_000 }), "compressed archive member" },
        { "encrypted", WithWeight(member => member with { Flags = 1 }), "encrypted archive member 'weights/data/w'" },
        { "longer than the file", WithWeight(member => member with { ClaimedSize = 4_000_000_000 }), "claims 4000000000 bytes" },
        { "longer than its place", WithWeight(member => member with { ClaimedSize = 28 }), "'weights/data/w' and 'weights/version' at the same place" },
        { "shorter than its storage", WithWeight(member => member with { ClaimedSize = 20 }), "needs 24 bytes" },
        { "placed elsewhere", WithWeight(member => member with { Place = 3 }), "where another thing lies" },
        { "placed beyond", WithWeight(member => member with { Place = uint.MaxValue - 1 }), "places the archive member 'weights/data/w' at 4294967294" },
        { "an absolute name", And(new ZipMember("/etc/cron.d/x", [1])), "'/etc/cron.d/x', a name that leads out of the archive" },
        { "a name that climbs", And(new ZipMember("weights/../../x", [1])), "leads out of the archive" },
        { "a name that ends climbing", And(new ZipMember("weights/..", [1])), "leads out of the archive" },
        { "a name with backslashes", And(new ZipMember("weights\\..\\x", [1])), "leads out of the archive" },
        { "two pickles", And(new ZipMember("other/data.pkl", Pickle)), "has 2 archive members NAME/data.pkl" },
        { "twice the same", And(new ZipMember("weights/data/w", new byte[24])), "'weights/data/w' twice" },
        { "no pickle", ZipWriter.Write(new ZipMember("weights/data/w", new byte[24])), "has 0 archive members NAME/data.pkl" },
        { "no storage", ZipWriter.Write(new ZipMember("weights/data.pkl", Pickle)), "has no archive member 'weights/data/w'" },
        { "big-endian", ZipWriter.Write(new ZipMember("weights/data.pkl", Pickle), new ZipMember("weights/byteorder", [.. "big"u8])), "big-endian" },
        { "more behind the pickle", ZipWriter.Write(new ZipMember("weights/data.pkl", [.. Pickle, 1]), new ZipMember("weights/data/w", new byte[24])), "in an archive member of" },
    };

    [Theory, MemberData(nameof(Archives))]
    public void An_archive_that_lies_is_refused(string what, byte[] archive, string said)
    {
        Assert.NotEmpty(what);
        Refused.ByOpening(archive, said);
    }

    [Fact]
    public void Members_that_share_their_bytes_are_refused()
    {
        // The second's header lies within the first's bytes, so both places hold what the directory says.
        var inner = ZipWriter.Write(new ZipMember("weights/data/b", new byte[8]))[..52];
        var archive = ZipWriter.Write(
            new ZipMember("weights/data/a", inner), new ZipMember("weights/data/b", new byte[8]) { Place = 44 }, new ZipMember("weights/data.pkl", Pickle));
        Refused.ByOpening(archive, "'weights/data/a' and 'weights/data/b' at the same place");
    }

    [Fact]
    public void Names_of_thousands_of_slashes_take_no_memory()
    {
        byte[] Named(int length) => ZipWriter.Write([.. Enumerable.Range(100, 150).Select(member => new ZipMember($"{member}".PadRight(length, '/'), [1]))]);
        Refused.ByOpening(Named(65_000), "a name of 65000 bytes; at most 4096 are read");
        Refused.ByOpening(Named(4_096), "has 0 archive members NAME/data.pkl");
    }

    [Fact]
    public void An_archive_cut_anywhere_is_refused()
    {
        var whole = With(member => member);
        for (var length = 0; length < whole.Length; length++) Refused.ByOpening(whole[..length]);
    }
}
