using System.Text.Json;

namespace HealthGpt.Data.Samples;

/// <summary>What the JSON reader says of a record, without the place that it appends: it counts lines from the record's first, and from 0.</summary>
internal static class JsonFault
{
    public static string Of(JsonException error)
    {
        var message = error.Message;
        foreach (var tail in (string[])[" Path: ", " LineNumber: "])
        {
            if (message.IndexOf(tail, StringComparison.Ordinal) is var at and >= 0)
                message = message[..at];
        }

        message = message.TrimEnd('.');
        return error is { LineNumber: 0, BytePositionInLine: { } place } ? $"{message}, at its byte {place + 1}" : message;
    }
}
