using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Tests.Locations;

public sealed class ArtifactAddressTests
{
    [Theory]
    [InlineData("runs/a", "/base/runs/a")]
    [InlineData("/runs/a", "/runs/a")]
    [InlineData("file:runs/a", "/base/runs/a")]
    [InlineData("file:/runs/a%20b", "/runs/a b")]
    [InlineData("file:///runs/a", "/runs/a")]
    [InlineData("azblob://account1/some-container", "azblob://account1/some-container")]
    [InlineData("azblob://account1/some-container/", "azblob://account1/some-container")]
    [InlineData("azblob://account1/some-container/a b/c%20d/", "azblob://account1/some-container/a b/c%20d")]
    public void Parse_OfEveryForm_GivesThePlace(string text, string expected)
    {
        var address = ArtifactAddress.TryParse(text, "/base", out var problem);

        Assert.Equal((expected, ""), (address?.ToString(), problem));
        Assert.Equal(expected + "/x", address!.Under("x").ToString());
    }

    [Theory]
    [InlineData("azblob:", "must be azblob://ACCOUNT/CONTAINER/PATH")]
    [InlineData("azblob:account1/container", "must be azblob://ACCOUNT/CONTAINER/PATH")]
    [InlineData("azblob://account1", "must be azblob://ACCOUNT/CONTAINER/PATH")]
    [InlineData("azblob://account1/", "must be azblob://ACCOUNT/CONTAINER/PATH")]
    [InlineData("azblob:///container/path", "must be azblob://ACCOUNT/CONTAINER/PATH")]
    [InlineData("azblob://Account_1/container", "has the account 'Account_1', but an account is")]
    [InlineData("azblob://account1/A--b", "has the container 'A--b', but a container is")]
    [InlineData("azblob://account1/container/a/../b", "'.' or '..'")]
    [InlineData("azblob://account1/container/a//b", "has an empty part")]
    [InlineData("azblob://account1/container/a?sig=secret", "never in an address")]
    [InlineData("file://host/a", "names a host")]
    [InlineData("file:", "names no folder")]
    [InlineData("s3://bucket/a", "is an address of an unknown kind; write a path, file:PATH or azblob://ACCOUNT/CONTAINER/PATH")]
    [InlineData("", "is no path")]
    public void Parse_OfAnythingElse_SaysTheRule(string text, string rule)
    {
        Assert.Null(ArtifactAddress.TryParse(text, "/base", out var problem));
        Assert.Contains(rule, problem, StringComparison.Ordinal);
    }
}
