using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Tests.Blobs;

/// <summary>A real Azurite with its data in memory, on a free port. It ends with its owner, also when that is killed.</summary>
internal sealed partial class AzuriteServer : IAsyncDisposable
{
    public const string Account = "devhealthgpt";
    public const string Missing = "azurite is not installed (apt-get install nodejs npm; npm install -g azurite), so there is no blob server to test against";

    private const string Program = "azurite-blob";
    private const int MostMegabytes = 1024;

    // Its standard input closes with the owner; then the server goes.
    private const string Watch = "\"$@\" < /dev/null & cat > /dev/null; kill -9 $!; wait";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly string _key;
    private readonly string _endPoint;
    private int _containers;

    private AzuriteServer(Process process, string key, string address)
    {
        _process = process;
        _key = key;
        _endPoint = $"{address}/{Account}";
    }

    public static bool IsInstalled { get; } =
        OperatingSystem.IsLinux() && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, Program)));

    public string ConnectionString => ConnectionStringOf(_key);

    public StorageAccess Access => new() { ConnectionString = ConnectionString };

    private BlobServiceClient Service => new(ConnectionString);

    public static async Task<AzuriteServer> StartAsync(CancellationToken cancellationToken)
    {
        if (!IsInstalled) throw new InvalidOperationException(Missing);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        string[] server = [Program, "--blobPort", "0", "--inMemoryPersistence", "--extentMemoryLimit", $"{MostMegabytes}", "--silent", "--disableTelemetry", "--skipApiVersionCheck"];
        string[] arguments = ["-c", Watch, "bash", .. server];
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AZURITE_ACCOUNTS"] = $"{Account}:{key}";
        var process = Process.Start(start) ?? throw new Win32Exception("bash cannot be started");
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(StartDeadline);
            return new AzuriteServer(process, key, await AddressAsync(process, deadline.Token));
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    /// <summary>A place in a container of its own.</summary>
    public async Task<BlobAddress> NewAddressAsync(CancellationToken cancellationToken)
    {
        var container = $"c{Interlocked.Increment(ref _containers):D5}";
        await Service.CreateBlobContainerAsync(container, cancellationToken: cancellationToken);
        return new BlobAddress(Account, container, "runs/a b");
    }

    public BlobContainerClient Container(BlobAddress address) => Service.GetBlobContainerClient(address.Container);

    public string ConnectionStringOf(string key) => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={key};BlobEndpoint={_endPoint};";

    /// <summary>A connection string that may list and read only.</summary>
    public string ReadOnlyConnectionString()
    {
        var signed = Service.GenerateAccountSasUri(AccountSasPermissions.Read | AccountSasPermissions.List, DateTimeOffset.UtcNow.AddHours(1), AccountSasResourceTypes.All);
        return $"BlobEndpoint={_endPoint};SharedAccessSignature={signed.Query.TrimStart('?')}";
    }

    public ValueTask DisposeAsync() => EndAsync(_process);

    private static async Task<string> AddressAsync(Process process, CancellationToken cancellationToken)
    {
        var said = "";
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            said += line + "\n";
            if (Listening().Match(line) is not { Success: true } listening) continue;
            // A full pipe would stop it.
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return listening.Groups[1].Value;
        }

        throw new InvalidOperationException($"{Program} ended before it listened; it said:\n{said}{await process.StandardError.ReadToEndAsync(cancellationToken)}");
    }

    private static async ValueTask EndAsync(Process process)
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    [GeneratedRegex("successfully listens on (http://[^/ ]+)")]
    private static partial Regex Listening();
}
