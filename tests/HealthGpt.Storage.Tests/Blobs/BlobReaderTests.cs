using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HealthGpt.Storage.Blobs;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Tests.Blobs;

public sealed class BlobReaderTests
{
    private const int Length = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ABlobThatComesSlowly_IsReadOnWhenItsConnectionBreaks()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var access = new StorageAccess
        {
            ConnectionString = $"AccountName=account1;AccountKey={Convert.ToBase64String(new byte[64])};BlobEndpoint=http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/account1;",
            Deadline = TimeSpan.FromSeconds(2),
        };
        var served = ServeAsync(listener);

        var read = await Task.Run(() => new BlobReader(access).Read(new BlobAddress("account1", "images", "a.png"), null, 100, Token), Token);

        Assert.Equal(Enumerable.Range(0, Length).Select(i => (byte)i), read!.Value.Bytes);
        await served;
    }

    // Two thirds of a blob in longer than the deadline, and the rest to whoever asks for it.
    private static async Task ServeAsync(TcpListener listener)
    {
        using (var first = await AnswerAsync(listener, $"200 OK\r\nContent-Length: {Length}"))
        {
            for (byte sent = 0; sent < 5; sent++)
            {
                await first.GetStream().WriteAsync(new[] { sent }, Token);
                await Task.Delay(600, Token);
            }
        }

        using var second = await AnswerAsync(listener, $"206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 5-7/{Length}");
        await second.GetStream().WriteAsync(new byte[] { 5, 6, 7 }, Token);
    }

    private static async Task<TcpClient> AnswerAsync(TcpListener listener, string status)
    {
        var client = await listener.AcceptTcpClientAsync(Token);
        var reader = new StreamReader(client.GetStream());
        while (await reader.ReadLineAsync(Token) is { Length: > 0 }) { }
        var modified = DateTime.UnixEpoch.ToString("R", CultureInfo.InvariantCulture);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nETag: \"1\"\r\nLast-Modified: {modified}\r\nx-ms-blob-type: BlockBlob\r\n\r\n"), Token);
        return client;
    }
}
