using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HealthGpt.Data.Tests.Conversion;

/// <summary>An Orthanc of its own, with DICOMweb, on a free port.</summary>
internal sealed class OrthancServer : IDisposable
{
    private const string Plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

    private readonly Process _process;

    private OrthancServer(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = address };
    }

    public HttpClient Client { get; }

    /// <summary>Starts a server, or skips the test where it is not installed.</summary>
    public static async Task<OrthancServer> StartAsync(string folder, CancellationToken cancellationToken)
    {
        Assert.SkipUnless(File.Exists(Plugin), "Debian's orthanc and orthanc-dicomweb are not installed, so there is no server to convert from");
        var port = FreePort();
        var settings = new JsonObject
        {
            ["StorageDirectory"] = folder,
            ["IndexDirectory"] = folder,
            ["HttpPort"] = port,
            ["DicomServerEnabled"] = false,
            ["AuthenticationEnabled"] = false,
            ["Plugins"] = new JsonArray(Plugin),
            ["DicomWeb"] = new JsonObject { ["Enable"] = true, ["Root"] = "/dicom-web/" },
        };
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "orthanc.json");
        await File.WriteAllTextAsync(path, settings.ToJsonString(), cancellationToken);
        var server = new OrthancServer(Start(path), new Uri($"http://127.0.0.1:{port}/"));
        await server.WaitAsync(cancellationToken);
        return server;
    }

    /// <summary>Uploads files of one series.</summary>
    /// <returns>The path of its DICOMweb address and of its archive.</returns>
    public async Task<(string Series, string Archive)> UploadAsync(IEnumerable<byte[]> files, CancellationToken cancellationToken)
    {
        var parent = "";
        foreach (var file in files)
        {
            using var answer = await Client.PostAsync("instances", new ByteArrayContent(file), cancellationToken);
            answer.EnsureSuccessStatusCode();
            parent = (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("ParentSeries").GetString()!;
        }

        var series = await Client.GetFromJsonAsync<JsonElement>($"series/{parent}", cancellationToken);
        var study = await Client.GetFromJsonAsync<JsonElement>($"studies/{series.GetProperty("ParentStudy").GetString()}", cancellationToken);
        var studyUid = study.GetProperty("MainDicomTags").GetProperty("StudyInstanceUID").GetString();
        return ($"dicom-web/studies/{studyUid}/series/{series.GetProperty("MainDicomTags").GetProperty("SeriesInstanceUID").GetString()}", $"series/{parent}/archive");
    }

    public void Dispose()
    {
        Client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Process Start(string settings)
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo("Orthanc", [settings]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }
        catch (Win32Exception)
        {
            Assert.Skip("Debian's orthanc is not installed, so there is no server to convert from");
            throw;
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var answer = await Client.GetAsync("system", deadline.Token);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                // It is not listening yet.
            }

            await Task.Delay(100, deadline.Token);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
