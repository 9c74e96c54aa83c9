using System.Collections.Concurrent;
using HealthGpt.Data.Images;

namespace HealthGpt.Data.Samples;

/// <summary>Decodes pictures to see that they can be used, each once as long as it is remembered.</summary>
internal sealed class ImageCheck
{
    private const int MostRemembered = 1 << 14;
    private const long SmallPixels = 1 << 22;

    private static readonly ImageReadOptions Options = new();

    private readonly ConcurrentDictionary<string, Lazy<string?>> _known = new(StringComparer.Ordinal);
    private readonly Lock _large = new();

    /// <summary>Looks at a picture. Safe to call from several threads.</summary>
    /// <returns>What is wrong with it; null if nothing is.</returns>
    public string? ProblemOf(string path)
    {
        if (_known.Count >= MostRemembered)
            _known.Clear();
        return _known.GetOrAdd(path, static (path, check) => new Lazy<string?>(() => check.Decode(path)), this).Value;
    }

    private string? Decode(string path)
    {
        try
        {
            var file = ImageFile.Read(path);
            var header = ImageHeader.Read(file, path, Options);
            if ((long)header.Width * header.Height <= SmallPixels)
            {
                _ = RgbImage.Decode(file, path, Options);
                return null;
            }

            // Memory is for one large picture, not for one a thread.
            lock (_large)
                _ = RgbImage.Decode(file, path, Options);
            return null;
        }
        catch (ImageFormatException error)
        {
            return $"picture {Quoted.Of(path)}: {error.Reason}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"picture {Quoted.Of(path)}: cannot be read ({error.Message})";
        }
    }
}
