using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Conversion;

/// <summary>Takes one series of all that a source holds. Series have numbers in the order of their first files: their own names and UIDs go nowhere.</summary>
internal static class SeriesChoice
{
    private const int MostListed = 20;

    /// <summary>The images of the chosen series.</summary>
    /// <param name="images">All images, in the order of their files.</param>
    /// <param name="source">What errors call the source.</param>
    /// <param name="chosen">The number of the series, from 1; null where there is to be one.</param>
    /// <exception cref="ConversionException">There are several and none is chosen, or there is no such one.</exception>
    public static IReadOnlyList<DicomImage> Of(IReadOnlyList<DicomImage> images, string source, int? chosen)
    {
        List<DicomImage>[] series = [.. images.GroupBy(image => image.Series).Select(group => group.ToList())];
        if (chosen is null && series.Length <= 1)
            return images;
        if (chosen is { } number && number <= series.Length)
            return series[number - 1];
        var list = string.Join(", ", series.Take(MostListed).Select((each, at) => $"{at + 1} ({Described(each)})"));
        var more = series.Length > MostListed ? $" and {series.Length - MostListed} more" : "";
        var asked = chosen is null ? "" : $" and no series {chosen}";
        throw new ConversionException(ConversionFault.Options, $"'{source}' holds {series.Length} series{asked}: {list}{more}; a dataset is made of one; choose it by number with --series");
    }

    private static string Described(List<DicomImage> images) =>
        $"{images[0].Modality}, {images.Count} {(images.Count == 1 ? "file" : "files")} of {images[0].Rows} x {images[0].Columns} pixels";
}
