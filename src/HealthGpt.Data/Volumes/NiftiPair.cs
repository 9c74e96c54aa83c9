using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Volumes;

/// <summary>
/// Recognises volumes of two files, .hdr and .img: NIfTI's older form, and ANALYZE 7.5, which has the same layout without an orientation. They are not read: which side is left
/// would be a guess.
/// </summary>
internal static class NiftiPair
{
    private static readonly string[] Suffixes = [".hdr", ".img", ".hdr.gz", ".img.gz"];

    /// <returns>What the file is and the commands that make one file of the two; null if it is none of such a pair.</returns>
    public static string? ProblemOf(string path)
    {
        if (Suffixes.FirstOrDefault(suffix => path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) is not { } suffix)
            return null;
        var stem = path[..^suffix.Length];
        var header = path.AsSpan(stem.Length + 1, 3).Equals("hdr", StringComparison.OrdinalIgnoreCase) ? path : HeaderBeside(stem);
        return header is not null && FormOf(header) is { } form ? $"it is one of two files, .hdr and .img, of {form}; {Advice(header, stem)}" : null;
    }

    /// <summary>How one file is made of two.</summary>
    /// <param name="header">The file with the header.</param>
    /// <param name="stem">What both files are called before the suffix.</param>
    public static string Advice(string header, string stem) =>
        $"make one file of the two with: fslchfiletype NIFTI_GZ {stem} (of FSL), or with nibabel: python3 -c \"import nibabel; nibabel.save(nibabel.load('{header}'), '{stem}.nii.gz')\"";

    private static string? HeaderBeside(string stem) => Suffixes.Where(suffix => suffix.StartsWith(".hdr", StringComparison.Ordinal)).Select(suffix => stem + suffix).FirstOrDefault(File.Exists);

    // Other programs' headers, most of them text, are called .hdr as well.
    private static string? FormOf(string header)
    {
        try
        {
            using var file = OrdinaryFile.OpenRead(header);
            using var input = new NiftiInput(file, header);
            var first = new byte[NiftiHeader.ShortestLength];
            input.ReadExactly(first, "its header");
            var (layout, _) = NiftiHeader.Recognise(first, header);
            return first.AsSpan(layout.Magic, 2).SequenceEqual("ni"u8) ? $"a NIfTI-{layout.Version} volume" : "an ANALYZE 7.5 volume, which does not say which side is left";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NiftiFormatException)
        {
            return null;
        }
    }
}
