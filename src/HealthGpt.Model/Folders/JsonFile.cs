using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Folders;

/// <summary>Reads JSON files of a model; what is wrong is said with the file, and with the place where it is no JSON.</summary>
internal static class JsonFile
{
    // The index of a model of a hundred shards has a few.
    private const long MostBytes = 64 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="WeightFileException">It is missing, cannot be read, is absurdly large, or is no JSON.</exception>
    public static JsonDocument Open(string path)
    {
        try
        {
            if (OrdinaryFile.LengthOf(path) is > MostBytes and var length)
                throw new WeightFileException(path, string.Create(CultureInfo.InvariantCulture, $"has {length} bytes; no such file of a model has more than {MostBytes}"));
            return Parse(path, OrdinaryFile.ReadAll(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="WeightFileException">They are no JSON.</exception>
    public static JsonDocument Parse(string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException error)
        {
            throw new WeightFileException(path, $"is no JSON: {FaultOf(error)}; is it cut off, or another file? Get it again from where it came", error);
        }
    }

    /// <summary>What is thrown at a file that cannot be read.</summary>
    public static WeightFileException Unreadable(string path, Exception error) => error is FileNotFoundException or DirectoryNotFoundException && !Directory.Exists(path)
        ? new(path, "does not exist, but its folder must hold it; get it from where the others came", error)
        : new(path, $"cannot be read: {FileTrouble.Of(error, path)}", error);

    /// <summary>What is wrong with a text, in a few words. The reader counts lines and bytes from 0.</summary>
    public static string FaultOf(JsonException error) => error is { LineNumber: { } line, BytePositionInLine: { } at }
        ? string.Create(CultureInfo.InvariantCulture, $"what stands at line {line + 1}, byte {at + 1} does not belong there")
        : error.Message.TrimEnd('.');
}
