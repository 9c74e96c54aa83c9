using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using HealthGpt.Storage.Files;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>
/// Reads parquet files as Hugging Face's datasets writes them: the columns question and answer, and image, a struct whose bytes are the picture's file.
/// One row group is held at a time.
/// </summary>
internal static class ParquetRows
{
    private const string PictureColumn = "image/bytes";
    private const int LongestFooter = 1 << 26;
    private const long MostRows = 1 << 20;
    private const long MostBytes = 1 << 30;

    private static readonly string[] Columns = ["question", "answer", PictureColumn];

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    public static async IAsyncEnumerable<PublishedRow> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (OrdinaryFile.LengthOf(path) == 0)
        {
            yield return PublishedRow.Bad(1, OrdinaryFile.Refusal);
            yield break;
        }

        await using var file = File.OpenRead(path);
        var (reader, problem) = await OpenAsync(file, cancellationToken);
        if (reader is null)
        {
            yield return PublishedRow.Bad(1, problem);
            yield break;
        }

        await using (reader)
        {
            var number = 1;
            foreach (var group in reader.RowGroups)
            {
                var (rows, damage) = await RowsAsync(reader.Schema, group, cancellationToken);
                foreach (var (fields, picture) in rows)
                    yield return new PublishedRow(number++, fields, picture);
                if (damage.Length > 0)
                    yield return PublishedRow.Bad(number++, damage);
            }
        }
    }

    private static async Task<(ParquetReader? Reader, string Problem)> OpenAsync(FileStream file, CancellationToken cancellationToken)
    {
        if (ProblemOfEnds(file) is { } damaged)
            return (null, damaged);
        try
        {
            var reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true, cancellationToken: cancellationToken);
            var missing = Columns.Where(column => FieldOf(reader.Schema, column) is null).ToList();
            if (missing.Count == 0)
                return (reader, "");
            await reader.DisposeAsync();
            var columns = string.Join(", ", reader.Schema.GetDataFields().Select(field => field.Path));
            return (null, $"the parquet file has no column {string.Join(", ", missing)}; its columns are {columns}");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return (null, $"the parquet file cannot be read ({error.Message}); it is damaged, fetch it again");
        }
    }

    // The reader would take as much memory as the last bytes ask for.
    private static string? ProblemOfEnds(FileStream file)
    {
        Span<byte> end = stackalloc byte[8];
        Span<byte> start = stackalloc byte[4];
        var whole = file.Length >= 12 && file.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual(Magic);
        if (whole)
        {
            file.Seek(-8, SeekOrigin.End);
            file.ReadExactly(end);
            file.Position = 0;
            whole = end[4..].SequenceEqual(Magic);
        }

        if (!whole)
            return $"the file of {file.Length} bytes does not begin and end with PAR1; it is no parquet file, or cut short; fetch it again";
        var footer = BinaryPrimitives.ReadUInt32LittleEndian(end);
        return footer <= Math.Min(LongestFooter, file.Length - 12) ? null
            : $"the parquet file says that its footer has {footer} bytes; it is damaged, fetch it again";
    }

    private static async Task<(List<(JsonElement Fields, byte[]? Picture)> Rows, string Damage)> RowsAsync(
        ParquetSchema schema, ParquetRowGroupReader group, CancellationToken cancellationToken)
    {
        var rows = new List<(JsonElement, byte[]?)>();
        try
        {
            var bytes = Columns.Sum(column => group.GetMetadata(FieldOf(schema, column)!)?.MetaData?.TotalUncompressedSize ?? 0);
            if (group.RowCount is < 0 or > MostRows || bytes is < 0 or > MostBytes)
                return (rows, $"a row group has more than {MostRows} rows or {MostBytes} bytes; write the file with smaller ones");
            var questions = await TextsAsync(schema, group, "question", cancellationToken);
            var answers = await TextsAsync(schema, group, "answer", cancellationToken);
            var pictures = await ValuesAsync<ReadOnlyMemory<byte>, byte[]>(schema, group, PictureColumn, value => value.ToArray(), cancellationToken);
            for (var at = 0; at < questions.Length; at++)
                rows.Add((JsonSerializer.SerializeToElement(new JsonObject { ["question"] = questions[at], ["answer"] = answers[at] }), pictures[at]));
            return (rows, "");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            rows.Clear();
            return (rows, $"a row group of {group.RowCount} rows cannot be read ({error.Message}); the file is damaged, fetch it again");
        }
    }

    private static Task<string?[]> TextsAsync(ParquetSchema schema, ParquetRowGroupReader group, string column, CancellationToken cancellationToken) =>
        ValuesAsync<ReadOnlyMemory<char>, string>(schema, group, column, value => new string(value.Span), cancellationToken);

    // The reader's own arrays of texts and bytes put the values of a struct's column one after another and leave no place for those that are missing.
    private static async Task<TResult?[]> ValuesAsync<TValue, TResult>(
        ParquetSchema schema, ParquetRowGroupReader group, string column, Func<TValue, TResult> copy, CancellationToken cancellationToken)
        where TValue : struct
        where TResult : class
    {
        var field = FieldOf(schema, column)!;
        using var data = await group.ReadRawColumnDataBaseAsync(field, cancellationToken) as RawColumnData<TValue>
            ?? throw new InvalidDataException($"the column {column} has values of type {field.ClrType.Name}");
        var values = data.Values;
        var levels = data.DefinitionLevels;
        var result = new TResult?[group.RowCount];
        for (int row = 0, next = 0; row < result.Length; row++)
        {
            if (levels.IsEmpty || levels[row] == field.MaxDefinitionLevel)
                result[row] = copy(values[next++]);
        }

        return result;
    }

    private static DataField? FieldOf(ParquetSchema schema, string column) =>
        schema.GetDataFields().FirstOrDefault(field => field.Path.ToString() == column && field.MaxRepetitionLevel == 0);
}
