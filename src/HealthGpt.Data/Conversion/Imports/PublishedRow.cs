using System.Text.Json;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>One record of a published file.</summary>
/// <param name="Number">The line that it begins on, or of a file without lines its number; from 1.</param>
/// <param name="Fields">An object; valid until the next row is asked for.</param>
/// <param name="Picture">The picture's file where the record holds it.</param>
/// <param name="Problem">Why there is no record here; null if there is one.</param>
internal readonly record struct PublishedRow(int Number, JsonElement Fields, byte[]? Picture = null, string? Problem = null)
{
    public static PublishedRow Bad(int number, string problem) => new(number, default, null, problem);
}
