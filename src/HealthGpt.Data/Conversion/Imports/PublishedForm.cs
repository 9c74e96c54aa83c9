using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>How the files of a published dataset are found and its records become samples.</summary>
internal abstract class PublishedForm(ImportOptions options)
{
    private const string UsualTask = "vqa";
    private const int ParquetDepth = 3;

    protected ImportOptions Options { get; } = options;

    protected SourceFolder Source { get; } = new(options.Source);

    /// <summary>The files and pictures that it is published as, as an error names them.</summary>
    protected abstract string Expected { get; }

    /// <summary>The task of questions that are answered in words.</summary>
    protected TaskDefinition Vqa { get; } = new() { Name = options.Task ?? UsualTask, Kind = TaskKind.Comprehension };

    /// <summary>Finds the files.</summary>
    /// <exception cref="ConversionException">They are not there.</exception>
    public PublishedFiles Find()
    {
        Source.Check();
        return FindFiles();
    }

    /// <summary>Reads a file; one record at a time is held.</summary>
    public static IAsyncEnumerable<PublishedRow> ReadAsync(PublishedFile file, CancellationToken cancellationToken) =>
        Path.GetExtension(file.Path).ToUpperInvariant() switch
        {
            ".PARQUET" => ParquetRows.ReadAsync(file.Path, cancellationToken),
            ".PKL" => PickleRows.Read(file.Path, cancellationToken).ToAsyncEnumerable(),
            _ => JsonRows.Read(file.Path, cancellationToken).ToAsyncEnumerable(),
        };

    /// <summary>Whether a record is of those asked for.</summary>
    public virtual bool Wants(RowFields fields) => true;

    /// <summary>Writes a record as a sample.</summary>
    /// <param name="fields">The record, which also hears of what is wrong with it.</param>
    /// <param name="file">Where it is from.</param>
    /// <param name="picture">The name of the picture that it held; null if it names its own.</param>
    /// <param name="line">Takes the sample.</param>
    public abstract void Write(RowFields fields, PublishedFile file, string? picture, SampleLine line);

    /// <summary>Finds the files in a folder that is there.</summary>
    protected abstract PublishedFiles FindFiles();

    /// <summary>The parquet files below the source, which hold their pictures; null if there are none.</summary>
    /// <exception cref="ConversionException">One's name says no split, or the user named a folder of pictures.</exception>
    protected PublishedFiles? FindParquet()
    {
        var files = Source.Files("*.parquet", ParquetDepth);
        if (files.Count == 0)
            return null;
        if (Options.Images is not null)
            throw new ConversionException(ConversionFault.Options, $"a folder of pictures is given; the parquet files in '{Source.Path}' hold their pictures; leave it out");
        return new PublishedFiles([.. files.Select(file => new PublishedFile(file, SplitOf(file), Vqa)).OrderBy(file => Splits.NumberOf(file.Split))], null);
    }

    /// <summary>The form's folder of pictures, or the user's.</summary>
    protected string ImagesIn(params string[] names)
    {
        if (Options.Images is { } given)
        {
            return Directory.Exists(given) ? Path.GetFullPath(given)
                : throw new ConversionException(ConversionFault.Options, $"the folder of pictures is '{given}'; there is no such folder; name the one that they lie in");
        }

        return Source.Folder(names) ?? throw Missing($"no folder {string.Join(" or ", names)}");
    }

    /// <summary>The error of a folder that is of another form, or not whole.</summary>
    protected ConversionException Missing(string what) =>
        new($"'{Source.Path}' has {what}; {Options.Form.Name} is published as {Expected}; the folder holds {Source.Contents()}; "
            + "unpack what is packed and name the folder that holds these");

    private string SplitOf(string file)
    {
        var name = Path.GetRelativePath(Source.Path, file);
        return SplitName.Of(name)
            ?? throw new ConversionException($"'{name}' has none of the words train, validation and test in its path, which say the split; name it as published");
    }
}
