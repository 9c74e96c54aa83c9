namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>The published folder forms of volumes that make pairs of pictures.</summary>
public sealed class PairForm
{
    internal const string CtToMri = "ct-to-mri";
    internal const string MriToCt = "mri-to-ct";
    internal const string SuperResolution = "super-resolution";

    private PairForm(string name, IReadOnlyDictionary<string, string> tasks)
    {
        Name = name;
        Tasks = tasks;
    }

    /// <summary>
    /// SynthRAD2023, task 1 (Thummerer et al., doi:10.1002/mp.16529): a folder a patient with ct.nii.gz, mr.nii.gz and mask.nii.gz, rigidly registered and on one grid.
    /// </summary>
    public static PairForm SynthRad2023 { get; } = new(
        "synthrad2023",
        new Dictionary<string, string> { [CtToMri] = "Draw the MRI of this CT slice.", [MriToCt] = "Draw the CT of this MRI slice." });

    /// <summary>IXI (brain-development.org): files IXI002-Guys-0828-T1.nii.gz and -T2.nii.gz, in one folder or one a modality.</summary>
    public static PairForm Ixi { get; } = new(
        "ixi", new Dictionary<string, string> { [SuperResolution] = "Reconstruct the high-resolution image." });

    /// <summary>All forms.</summary>
    public static IReadOnlyList<PairForm> All { get; } = [SynthRad2023, Ixi];

    /// <summary>What a user calls it.</summary>
    public string Name { get; }

    /// <summary>The tasks that its volumes make samples for, with what is asked.</summary>
    public IReadOnlyDictionary<string, string> Tasks { get; }

    /// <summary>Whether one side of its pairs is made coarser.</summary>
    public bool TakesFactor => Tasks.ContainsKey(SuperResolution);
}
