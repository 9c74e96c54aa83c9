using System.Diagnostics;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Tests.Blobs;

public sealed class BlobTroubleTests(Azurite azurite)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AMissingContainer_IsNamed()
    {
        var server = await azurite.ServerAsync();
        var location = ArtifactLocation.Open(new BlobAddress(AzuriteServer.Account, "nowhere", "runs"), server.Access);

        var error = await Assert.ThrowsAsync<ArtifactException>(() => location.RequireWritableAsync(Token));

        Assert.Equal(ArtifactFault.Missing, error.Fault);
        Assert.Contains($"account '{AzuriteServer.Account}' has no container 'nowhere'; create it", error.Message, StringComparison.Ordinal);
        Assert.Equal(ArtifactFault.Missing, (await Assert.ThrowsAsync<ArtifactException>(() => location.ListFilesAsync(Token))).Fault);
        Assert.Equal(ArtifactFault.Missing, (await Assert.ThrowsAsync<ArtifactException>(() => location.ReadAsync("a", 1, Token))).Fault);
    }

    [Fact]
    public async Task AnotherAccountThanTheConnectionStrings_IsRefusedBeforeAnythingIsAsked()
    {
        var server = await azurite.ServerAsync();

        var error = Assert.Throws<ArtifactException>(() => ArtifactLocation.Open(ArtifactAddress.Parse("azblob://otheraccount/runs"), server.Access));

        Assert.Contains($"'azblob://otheraccount/runs' is in account 'otheraccount', but the connection string (AZURE_STORAGE_CONNECTION_STRING) is of account '{AzuriteServer.Account}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASignatureToReadOnly_ReadsButSaysThatItMayNotWrite()
    {
        var server = await azurite.ServerAsync();
        var address = await server.NewAddressAsync(Token);
        await ArtifactLocation.Open(address, server.Access).WriteAsync("a", new byte[] { 5 }, Token);
        var location = ArtifactLocation.Open(address, new StorageAccess { ConnectionString = server.ReadOnlyConnectionString() });

        Assert.Equal([5], await location.ReadAsync("a", 10, Token));
        var error = await Assert.ThrowsAsync<ArtifactException>(() => location.WriteAsync("a", new byte[] { 6 }, Token));

        Assert.Equal(ArtifactFault.Refused, error.Fault);
        Assert.Contains($"'{address}/a' cannot be written: there is no permission (", error.Message, StringComparison.Ordinal);
        Assert.Equal([5], await location.ReadAsync("a", 10, Token));
    }

    [Fact]
    public async Task AWrongKey_IsNoPermission_AndIsNotTold()
    {
        var server = await azurite.ServerAsync();
        var key = Convert.ToBase64String(new byte[64]);
        var location = ArtifactLocation.Open(await server.NewAddressAsync(Token), new StorageAccess { ConnectionString = server.ConnectionStringOf(key) });

        var error = await Assert.ThrowsAsync<ArtifactException>(() => location.ListFilesAsync(Token));

        Assert.Equal(ArtifactFault.Refused, error.Fault);
        Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=account1;AccountKey=not base 64!")]
    [InlineData("AccountKey=c2VjcmV0")]
    [InlineData("c2VjcmV0")]
    public void AConnectionStringThatIsNone_IsRefusedWithoutQuotingIt(string text)
    {
        var error = Assert.Throws<ArtifactException>(() => ArtifactLocation.Open(ArtifactAddress.Parse("azblob://account1/runs"), new StorageAccess { ConnectionString = text }));

        Assert.Contains("AZURE_STORAGE_CONNECTION_STRING", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("not base", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAccountWhoseHostNobodyKnows_IsAWrongAddress_AndNoSilence()
    {
        var access = new StorageAccess { ConnectionString = $"AccountName=account1;AccountKey={Convert.ToBase64String(new byte[64])};BlobEndpoint=http://account1.invalid/account1;" };

        var error = await Assert.ThrowsAsync<ArtifactException>(() => ArtifactLocation.Open(ArtifactAddress.Parse("azblob://account1/runs"), access).ListFoldersAsync(Token));

        Assert.SkipWhen(error.Fault == ArtifactFault.Unreachable, "names of hosts cannot be asked for here");
        Assert.True(error.IsOfAddress);
        Assert.Contains("'azblob://account1/runs' cannot be listed: there is no account 'account1', as nobody knows its host (", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AServerThatDoesNotAnswer_IsGivenUpAtTheDeadline(bool listens)
    {
        // A port that nobody listens on, or one where nobody answers.
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        if (!listens) listener.Stop();
        var access = new StorageAccess
        {
            ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=account1;AccountKey={Convert.ToBase64String(new byte[64])};BlobEndpoint=http://127.0.0.1:{port}/account1;",
            Deadline = TimeSpan.FromSeconds(2),
        };
        var location = ArtifactLocation.Open(ArtifactAddress.Parse("azblob://account1/runs"), access);
        var started = Stopwatch.StartNew();

        var error = await Assert.ThrowsAsync<ArtifactException>(() => location.WriteAsync("a", new byte[1], Token));

        Assert.Equal(ArtifactFault.Unreachable, error.Fault);
        Assert.Contains("2 s", error.Message, StringComparison.Ordinal);
        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }
}
