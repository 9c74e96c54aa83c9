using System.Net;
using System.Net.Sockets;
using System.Text;
using HealthGpt.Data.Conversion;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Tests.Dicom;

namespace HealthGpt.Data.Tests.Conversion;

public sealed class DicomWebTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    private SeriesConversionOptions Options(string source) => new() { Source = source, OutputFolder = At("out"), Timeout = TimeSpan.FromSeconds(60) };

    [Fact]
    public async Task ASeriesOfOrthanc_OverWadoRsAndAsItsArchive_ShowsTheSameAsItsFiles()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var orthanc = await OrthancServer.StartAsync(At("orthanc"), cancellation);
        var (series, archive) = await orthanc.UploadAsync(MadeSeries.Files().Reverse(), cancellation);
        await File.WriteAllBytesAsync(At("series.zip"), await orthanc.Client.GetByteArrayAsync(archive, cancellation), cancellation);

        var fromFiles = await ConvertedFolder.ConvertAsync(Options(MadeSeries.Write(At("series"))));
        var fromArchive = await ConvertedFolder.ConvertAsync(Options(At("series.zip")) with { OutputFolder = At("archive") });
        var fromServer = await ConvertedFolder.ConvertAsync(Options($"{orthanc.Client.BaseAddress}{series}") with { OutputFolder = At("server") });

        Assert.Equal(MadeSeries.Slices, fromServer.Pictures);
        Assert.Equal(ConvertedFolder.Files(fromFiles.Folder), ConvertedFolder.Files(fromArchive.Folder));
        Assert.Equal(ConvertedFolder.Files(fromFiles.Folder), ConvertedFolder.Files(fromServer.Folder));
        await RefusalAsync($"{orthanc.Client.BaseAddress}dicom-web/studies/1.2/series/1.3", "answers 404 (NotFound); it has no such series");
        await RefusalAsync($"{orthanc.Client.BaseAddress}{series}/instances", "the source is an address of something else");
    }

    [Theory]
    [InlineData("text/html", "<p>Hello</p>", "sends something else than a series")]
    [InlineData("multipart/related; type=\"application/dicom\"", "--x--\r\n", "no multipart/related with a boundary")]
    [InlineData("multipart/related; boundary=x", "--x\r\nContent-Type: application/dicom\r\n\r\nhalf", "breaks off or is no multipart message")]
    [InlineData("multipart/related; boundary=x", "nothing of the kind", "breaks off or is no multipart message")]
    public async Task AnAnswerThatIsNoSeries_IsRefused(string type, string body, string said)
    {
        using var server = new CannedServer($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");

        await RefusalAsync(server.Series, said);
    }

    [Fact]
    public async Task PartsThatAreNoDicomFileOrTooMany_AreRefusedByNumber()
    {
        var text = Encoding.Latin1.GetString(MadeSeries.Files()[0]);
        var body = $"--x\r\nContent-Location: {SyntheticDicom.Secrets[0]}\r\n\r\n{text}\r\n--x\r\n\r\n{new string('-', 200)}\r\n--x--\r\n";
        var answer = $"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=\"x\"\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";

        using var server = new CannedServer(answer);
        var noDicom = await Assert.ThrowsAsync<DicomFormatException>(() => ConvertedFolder.ConvertAsync(Options(server.Series)));
        Assert.Contains(", file 2': it has no 'DICM'", noDicom.Message, StringComparison.Ordinal);
        using var large = new CannedServer(answer);
        var tooMuch = await Assert.ThrowsAsync<DicomFormatException>(() => ConvertedFolder.ConvertAsync(Options(large.Series) with { MaximumBytes = 300 }));
        Assert.Contains("its files have more than 300 bytes", tooMuch.Message, StringComparison.Ordinal);
        foreach (var error in (Exception[])[noDicom, tooMuch])
            Assert.All(SyntheticDicom.Secrets, secret => Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task AServerThatHangs_IsGivenUpAfterTheStatedTime()
    {
        using var server = new CannedServer("HTTP/1.1 200 OK\r\n", hang: true);

        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(server.Series) with { Timeout = TimeSpan.FromSeconds(0.5) }));

        Assert.Contains("has not sent the series in 0.5 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatIsNotThere_IsSaidToRefuse()
    {
        string address;
        using (var server = new CannedServer(""))
            address = server.Series;

        await RefusalAsync(address, "it refuses the connection, or nothing listens there");
    }

    private async Task RefusalAsync(string source, string said)
    {
        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(source) with { OutputFolder = At("refused") }));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.All(SyntheticDicom.Secrets, secret => Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal));
        Assert.False(Directory.Exists(At("refused")));
    }

    /// <summary>Answers one request with what it was told.</summary>
    private sealed class CannedServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public CannedServer(string answer, bool hang = false)
        {
            _listener.Start();
            _ = AnswerAsync(answer, hang);
        }

        public string Series => $"http://{_listener.LocalEndpoint}/dicom-web/studies/{SyntheticDicom.Secrets[4]}/series/{SyntheticDicom.Secrets[5]}";

        public void Dispose() => _listener.Dispose();

        private async Task AnswerAsync(string answer, bool hang)
        {
            using var client = await _listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
            var request = new byte[4096];
            await client.ReceiveAsync(request, TestContext.Current.CancellationToken);
            await client.SendAsync(Encoding.Latin1.GetBytes(answer), TestContext.Current.CancellationToken);
            if (hang)
                await client.ReceiveAsync(request, TestContext.Current.CancellationToken);
        }
    }
}
