using System.Text.Json;
using HealthGpt.Data.Samples;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>Reads a list of JSON objects, or lines of them.</summary>
internal static class JsonRows
{
    private static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false };

    public static IEnumerable<PublishedRow> Read(string path, CancellationToken cancellationToken)
    {
        if (OrdinaryFile.LengthOf(path) == 0)
        {
            yield return PublishedRow.Bad(1, OrdinaryFile.Refusal);
            yield break;
        }

        using var file = File.OpenRead(path);
        foreach (var record in SampleFile.Batches("", file, cancellationToken).SelectMany(batch => batch.Records))
        {
            using var document = Parse(record, out var problem);
            yield return document is null ? PublishedRow.Bad(record.Line, problem) : new PublishedRow(record.Line, document.RootElement);
        }
    }

    private static JsonDocument? Parse(SampleRecord record, out string problem)
    {
        problem = record.Problem ?? RecordText.ProblemOf(record) ?? "";
        if (problem.Length > 0)
            return null;
        try
        {
            var document = JsonDocument.Parse(record.Json, Json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
            problem = "the record is no JSON object";
        }
        catch (JsonException error)
        {
            problem = $"the record is not JSON ({JsonFault.Of(error)})";
        }

        return null;
    }
}
