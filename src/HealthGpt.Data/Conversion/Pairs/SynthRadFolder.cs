namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>Finds the patients of SynthRAD2023: of one region, or of Task1 with brain and pelvis in it.</summary>
internal static class SynthRadFolder
{
    private const int Depth = 3;

    private static readonly string[] Names = ["ct", "mr", "mask"];

    /// <exception cref="ConversionException">There is no patient, or one whose volumes are not all there.</exception>
    public static IReadOnlyList<PatientVolumes> Find(string source)
    {
        var search = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Depth, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };
        var folders = Directory.EnumerateDirectories(source, "*", search).Append(source).Where(folder => Names.Any(name => File.Exists(FileOf(folder, name)))).Order(StringComparer.Ordinal).ToList();
        if (folders.Count == 0)
            throw new ConversionException($"'{source}' holds no patient of SynthRAD2023; a patient is a folder with ct.nii.gz, mr.nii.gz and mask.nii.gz; name the folder of Task1");
        var lacking = folders.SelectMany(folder => Names.Where(name => !File.Exists(FileOf(folder, name))).Select(name => FileOf(folder, name))).ToList();
        if (lacking.Count > 0)
        {
            throw new ConversionException($"of {lacking.Count} patients a volume is missing, such as '{lacking[0]}'; every patient needs ct, mr and mask (task 2, with cbct, makes no pairs); "
                + "fetch it or move the folder away");
        }

        return [.. folders.Select((folder, index) => new PatientVolumes(index + 1, Names.ToDictionary(name => name, name => FileOf(folder, name))))];
    }

    private static string FileOf(string folder, string name) => Path.Combine(folder, $"{name}.nii.gz");
}
