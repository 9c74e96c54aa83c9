using System.Text.RegularExpressions;

namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>Finds the patients of IXI by their files' names: number, hospital, number of the scan, modality.</summary>
internal static partial class IxiFolder
{
    /// <exception cref="ConversionException">There is no T1 or T2 volume, or one twice.</exception>
    public static IReadOnlyList<PatientVolumes> Find(string source)
    {
        var search = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };
        var files = Directory.EnumerateFiles(source, "IXI*", search).Select(path => (Path: path, Name: NameForm().Match(Path.GetFileName(path)))).Where(file => file.Name.Success).ToList();
        if (files.Count == 0)
        {
            throw new ConversionException($"'{source}' holds no T1 or T2 volume of IXI; they are named like IXI002-Guys-0828-T1.nii.gz, in it or in folders like IXI-T1; "
                + "name the folder that they were unpacked to");
        }

        var patients = files.GroupBy(file => file.Name.Groups["patient"].Value).OrderBy(patient => patient.Key, StringComparer.Ordinal);
        return [.. patients.Select((patient, index) => new PatientVolumes(index + 1, FilesOf(patient.Select(file => (file.Name.Groups["modality"].Value.ToLowerInvariant(), file.Path)))))];
    }

    private static Dictionary<string, string> FilesOf(IEnumerable<(string Modality, string Path)> files)
    {
        var found = new Dictionary<string, string>();
        foreach (var (modality, path) in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            if (!found.TryAdd(modality, path))
                throw new ConversionException($"'{path}' and '{found[modality]}' are one volume; a patient has one of each modality; move one of them away");
        }

        return found;
    }

    [GeneratedRegex(@"^(?<patient>IXI\d+)-[A-Za-z]+-\d+-(?<modality>T1|T2)\.nii(\.gz)?$")]
    private static partial Regex NameForm();
}
