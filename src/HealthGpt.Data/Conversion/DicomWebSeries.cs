using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using HealthGpt.Data.Dicom;
using Microsoft.AspNetCore.WebUtilities;

namespace HealthGpt.Data.Conversion;

/// <summary>
/// Retrieves the files of a series from a DICOMweb server (WADO-RS, PS3.18, 10.4). Errors name the server and never the address, which
/// holds UIDs.
/// </summary>
internal static partial class DicomWebSeries
{
    // Uncompressed is what the standard has a server send when nothing else is asked for, and what is always decoded.
    private const string Accept = "multipart/related; type=\"application/dicom\"; transfer-syntax=1.2.840.10008.1.2.1";

    private const string AddressForm = "http(s)://HOST/.../studies/UID/series/UID";

    public static bool IsAddress(string source) =>
        source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>What errors call the series of an address.</summary>
    /// <exception cref="ConversionException">It is no address of a series.</exception>
    public static string NameOf(string source) => $"series at {AddressOf(source).Authority}";

    /// <exception cref="ConversionException">The server cannot be asked, refuses, takes too long, or answers with something else.</exception>
    /// <exception cref="DicomFormatException">What it sends is no DICOM file, or more than the limits allow.</exception>
    public static async Task<IReadOnlyList<DicomImage>> RetrieveAsync(string source, long maximumBytes, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var address = AddressOf(source);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Accept", Accept);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            CheckStatus(response, address);
            var boundary = BoundaryOf(response.Content.Headers.ContentType, address);
            await using var body = await response.Content.ReadAsStreamAsync(deadline.Token);
            return await ReadPartsAsync(new MultipartReader(boundary, body), new DicomStreams(NameOf(source), maximumBytes), deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConversionException(ConversionFault.Outside, $"the server {address.Authority} has not sent the series in {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s; "
                + "it is slow or hangs; give more time with --timeout, or fetch the series as an archive");
        }
        catch (HttpRequestException error)
        {
            // A cause's words may hold the address.
            throw new ConversionException(ConversionFault.Outside, $"the server {address.Authority} cannot be asked; {WordsFor(error.HttpRequestError)}; check that it runs and that the address is right");
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new ConversionException(ConversionFault.Outside, $"the answer of {address.Authority} breaks off or is no multipart message; a series is sent as multipart/related; "
                + "ask again, and look into the server's log");
        }
    }

    private static async Task<IReadOnlyList<DicomImage>> ReadPartsAsync(MultipartReader reader, DicomStreams streams, CancellationToken cancellationToken)
    {
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } part)
            await streams.AddAsync(part.Body, cancellationToken);
        return streams.Images;
    }

    private static Uri AddressOf(string source)
    {
        if (Uri.TryCreate(source, UriKind.Absolute, out var address) && SeriesPath().IsMatch(address.AbsolutePath) && address.UserInfo.Length == 0)
            return address;
        throw new ConversionException(ConversionFault.Options, $"the source is an address of something else; a series of a DICOMweb server has one like {AddressForm}, without a user's name and password; give such a one");
    }

    private static void CheckStatus(HttpResponseMessage response, Uri address)
    {
        if (response.StatusCode == HttpStatusCode.OK)
            return;
        var advice = response.StatusCode switch
        {
            HttpStatusCode.NotFound => "it has no such series, or speaks DICOMweb at another path; check the address",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "it wants a user, which is not sent; fetch the series as an archive",
            HttpStatusCode.NotAcceptable or HttpStatusCode.BadRequest => "it cannot send the series uncompressed; fetch the series as an archive",
            _ => "look into its log",
        };
        throw new ConversionException(ConversionFault.Outside, $"the server {address.Authority} answers {(int)response.StatusCode} ({response.StatusCode}); {advice}");
    }

    private static string BoundaryOf(MediaTypeHeaderValue? type, Uri address)
    {
        var boundary = type?.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"');
        if (string.Equals(type?.MediaType, "multipart/related", StringComparison.OrdinalIgnoreCase) && boundary is { Length: > 0 and <= 70 })
            return boundary;
        throw new ConversionException(ConversionFault.Outside, $"the server {address.Authority} sends something else than a series; the answer is no multipart/related with a boundary; "
            + $"check that the address is one like {AddressForm}");
    }

    private static string WordsFor(HttpRequestError error) => error switch
    {
        HttpRequestError.ConnectionError => "it refuses the connection, or nothing listens there",
        HttpRequestError.NameResolutionError => "nobody knows its name",
        HttpRequestError.SecureConnectionError => "no secure connection can be made; its certificate may be unknown here",
        _ => "it does not answer as HTTP",
    };

    [GeneratedRegex("/studies/[0-9.]+/series/[0-9.]+/?$")]
    private static partial Regex SeriesPath();
}
