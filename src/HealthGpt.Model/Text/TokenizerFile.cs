using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Text;

/// <summary>A file of a text tokenizer.</summary>
internal static class TokenizerFile
{
    /// <summary>Published ones have up to 35 MB.</summary>
    public const long MostBytes = 160L << 20;

    /// <summary>Reads the bytes of a tokenizer's file.</summary>
    /// <exception cref="WeightFileException">It cannot be read or is absurdly large.</exception>
    public static byte[] Read(string file)
    {
        try
        {
            // It may be a pipe, which would be waited for.
            if (OrdinaryFile.LengthOf(file) == 0) throw new IOException(OrdinaryFile.Refusal);
            using var stream = File.OpenRead(file);
            if (stream.Length > MostBytes) throw new WeightFileException(file, $"has {stream.Length} bytes; no tokenizer's file is larger than {MostBytes}");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw JsonFile.Unreadable(file, error);
        }
    }
}
