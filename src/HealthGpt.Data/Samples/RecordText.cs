using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace HealthGpt.Data.Samples;

/// <summary>The bytes of a record as text.</summary>
internal static class RecordText
{
    /// <summary>Looks for bytes that are no text. The JSON reader would take them within a text for what they are not.</summary>
    /// <returns>Where they are; null if all is UTF-8.</returns>
    public static string? ProblemOf(SampleRecord record) =>
        Utf8.IsValid(record.Json.Span) ? null : $"byte {record.Offset + ValidBytes(record.Json.Span)} of the file is not UTF-8; save the file as UTF-8";

    /// <summary>How many bytes there are before the first that is no UTF-8.</summary>
    public static int ValidBytes(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == OperationStatus.Done)
            at += length;
        return at;
    }
}
