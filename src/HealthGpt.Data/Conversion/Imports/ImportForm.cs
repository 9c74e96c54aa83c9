namespace HealthGpt.Data.Conversion.Imports;

/// <summary>The published forms of datasets of questions and answers.</summary>
public sealed class ImportForm
{
    private readonly Func<ImportOptions, PublishedForm> _open;

    private ImportForm(string name, Func<ImportOptions, PublishedForm> open)
    {
        Name = name;
        _open = open;
    }

    /// <summary>VL-Health (Lin et al., arXiv:2502.09838): LLaVA-style lists for comprehension and generation.</summary>
    public static ImportForm VlHealth { get; } = new("vl-health", options => new VlHealthForm(options));

    /// <summary>VQA-RAD (Lau et al., doi:10.1038/sdata.2018.251): the JSON of osf.io/89kps with its folder of pictures, or parquet files.</summary>
    public static ImportForm VqaRad { get; } = new("vqa-rad", options => new VqaRadForm(options));

    /// <summary>SLAKE (Liu et al., arXiv:2102.09542): train, validation and test as JSON, with imgs.</summary>
    public static ImportForm Slake { get; } = new("slake", options => new SlakeForm(options));

    /// <summary>PathVQA (He et al., arXiv:2003.10286): pickles and pictures in a folder a split, or parquet files.</summary>
    public static ImportForm PathVqa { get; } = new("path-vqa", options => new PathVqaForm(options));

    /// <summary>OmniMedVQA (Hu et al., arXiv:2402.09181): a JSON list a source, of multiple choice.</summary>
    public static ImportForm OmniMedVqa { get; } = new("omnimedvqa", options => new OmniMedVqaForm(options));

    /// <summary>All forms.</summary>
    public static IReadOnlyList<ImportForm> All { get; } = [VlHealth, VqaRad, Slake, PathVqa, OmniMedVqa];

    /// <summary>What a user calls it.</summary>
    public string Name { get; }

    internal PublishedForm Open(ImportOptions options) => _open(options);
}
