using HealthGpt.Storage.Files;
using Xunit;

namespace HealthGpt.Storage.Tests.Files;

public sealed class FileTroubleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none", "there is no such file")]
    [InlineData("none/file", "its folder is not there")]
    [InlineData(".", "it is a folder")]
    public void WhatOpeningThrows_IsSaidWithoutTheRuntimesWords(string name, string reason)
    {
        var path = _folder[name];
        var error = Record.Exception(() => File.OpenRead(path).Dispose());

        Assert.Equal(reason, FileTrouble.Of(error!, path));
        Assert.Equal($"'{Path.GetFullPath(path)}': {reason}", FileTrouble.WithPath(error!));
    }

    [Fact]
    public void OtherCauses_KeepTheSystemsWords_AndThePathOnlyWhereItIsWanted()
    {
        var full = new IOException("No space left on device : '/data/x'");

        Assert.Equal("No space left on device", FileTrouble.Of(full, "/data/x"));
        Assert.Equal("No space left on device : '/data/x'", FileTrouble.WithPath(full));
        Assert.Equal("'/data/x': this user has no permission for it", FileTrouble.WithPath(new UnauthorizedAccessException("Access to the path '/data/x' is denied.")));
    }
}
