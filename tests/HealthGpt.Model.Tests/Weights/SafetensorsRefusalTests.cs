using System.Text;
using HealthGpt.Model.Weights;
using HealthGpt.Soak.Weights;

namespace HealthGpt.Model.Tests.Weights;

public sealed class SafetensorsRefusalTests
{
    private const string Fits = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    [Theory]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,16]}}", "'a' claims the bytes 0 to 16, but the file holds 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "'a' claims the bytes -8 to 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "'a' claims the bytes 8 to 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9223372036854775807]}}", "'a' claims the bytes 0 to 9223372036854775807")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9223372036854775808]}}", "data_offsets of the tensor 'a' must hold whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}}", "'a' of type F64 and shape [2] needs 16 bytes, but its range has 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "needs 12 bytes, but its range has 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "negative size in its shape [-2]")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4611686018427387904,0],\"data_offsets\":[0,0]}}", "more elements than any file holds")]
    [InlineData("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", "'a' has the element type 'F8_E4M3', which is not supported")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "'a' lacks dtype, shape or two data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "'a' has dtype twice")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "4 bytes after the last tensor")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "4 bytes before tensor 'a'")]
    [InlineData("{\"a\":" + Fits + ",\"b\":" + Fits + "}", "'a' and 'b' overlap")]
    [InlineData("{\"a\":" + Fits + ",\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}", "names the tensor 'a' twice")]
    [InlineData("{\"a\":" + Fits + "} x", "not the JSON object")]
    [InlineData("{\"a\":" + Fits, "not the JSON object")]
    [InlineData("{\"a\":7}", "the tensor 'a' must be a JSON object")]
    [InlineData("{\"__metadata__\":{\"x\":7},\"a\":" + Fits + "}", "the metadata 'x' must be a JSON string")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]}}", "shape of the tensor 'a' must hold whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", "more than 16 numbers")]
    [InlineData("{\"\\u001b[2J\":7}", "?[2J")]
    public void A_lying_header_is_refused(string header, string said) => Refused.ByOpening(SafetensorsBytes.Of(header, 8), said);

    [Theory]
    [InlineData(100_000_001L, "claims a header of 100000001 bytes; the format allows 100000000")]
    [InlineData(-1L, "claims a header of 18446744073709551615 bytes")]
    [InlineData(90_000_000L, "claims a header of 90000000 bytes, but has 2 bytes after the length")]
    public void A_header_longer_than_its_file_is_refused(long length, string said) => Refused.ByOpening([.. BitConverter.GetBytes(length), (byte)'{', (byte)'}'], said);

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        var whole = SafetensorsBytes.Of("{\"a\":" + Fits + "}", 8);
        for (var length = 0; length < whole.Length; length++) Refused.ByOpening(whole[..length]);
    }

    [Fact]
    public void A_header_of_100_MB_full_of_tensors_is_refused_before_they_are_all_built()
    {
        var header = new StringBuilder("{");
        for (var tensor = 0; header.Length < 99_000_000; tensor++)
            header.Append(System.Globalization.CultureInfo.InvariantCulture, $"{(tensor == 0 ? "" : ",")}\"{tensor}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        Refused.ByOpening(SafetensorsBytes.Of(header.Append('}').ToString(), 0), "bytes of memory, the limit for a file of");
    }

    [Fact]
    public void A_header_that_nests_without_end_is_refused() => Refused.ByOpening(SafetensorsBytes.Of("{\"a\":" + new string('[', 1_000_000), 0), "not the JSON object");

    [Fact]
    public void The_right_header_is_read()
    {
        using var file = SafetensorsFile.Parse(SafetensorsBytes.Of("{\"__metadata__\":{\"format\":\"pt\"},\"b\":" + Fits + ",\"a\":{\"dtype\":\"BF16\",\"shape\":[0,3],\"data_offsets\":[0,0]}}   ", 8));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([2L], file.Entries["b"].Shape);
    }
}
