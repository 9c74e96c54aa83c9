using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.SampleSets;

/// <summary>The three volumes on one grid of 1 mm: the head, the brain alone, and the structure of every voxel.</summary>
internal sealed class Colin27Volumes
{
    private const string Package = "install Debian's mricron-data (apt-get install mricron-data) or name the folder that holds it";

    private readonly NiftiVolume _head;
    private readonly NiftiVolume _brain;
    private readonly NiftiVolume _atlas;
    private readonly int[] _structureOfLabel;
    private readonly int[] _origin;

    private Colin27Volumes(NiftiVolume head, NiftiVolume brain, NiftiVolume atlas, int[] structureOfLabel)
    {
        _head = head;
        _brain = brain;
        _atlas = atlas;
        _structureOfLabel = structureOfLabel;
        _origin = [(int)head.Affine[0, 3], (int)head.Affine[1, 3], (int)head.Affine[2, 3]];
    }

    public static Colin27Volumes Load(string folder)
    {
        string[] names = ["ch2.nii.gz", "ch2bet.nii.gz", "aal.nii.gz", "aal.nii.txt"];
        var missing = names.Where(name => !File.Exists(Path.Combine(folder, name))).ToList();
        if (missing.Count > 0)
            throw new SampleSetException($"the Colin27 volumes are incomplete; '{folder}' has no {string.Join(", no ", missing)}; {Package}");
        try
        {
            var volumes = names.Take(3).Select(name => NiftiVolume.Load(Path.Combine(folder, name)).ToRas()).ToArray();
            for (var i = 0; i < volumes.Length; i++)
                CheckGrid(volumes[i], volumes[0], Path.Combine(folder, names[i]));
            return new Colin27Volumes(volumes[0], volumes[1], volumes[2], ReadLabels(Path.Combine(folder, names[3])));
        }
        catch (NiftiFormatException error)
        {
            throw new SampleSetException($"a Colin27 volume cannot be read; {error.Message}; {Package}", error);
        }
    }

    /// <summary>The brightness (0 to 255) at a position in millimetres; 0 outside the volume.</summary>
    public double Intensity(int[] position, bool withSkull) => At(withSkull ? _head : _brain, position);

    /// <summary>The index in <see cref="Structure.All"/> at a position in millimetres; -1 for none.</summary>
    public int StructureAt(int[] position)
    {
        var label = (int)At(_atlas, position);
        return label >= 0 && label < _structureOfLabel.Length ? _structureOfLabel[label] : -1;
    }

    private float At(NiftiVolume volume, int[] position)
    {
        int x = position[0] - _origin[0], y = position[1] - _origin[1], z = position[2] - _origin[2];
        var inside = x >= 0 && y >= 0 && z >= 0 && x < volume.Shape[0] && y < volume.Shape[1] && z < volume.Shape[2];
        return inside ? volume[x, y, z] : 0;
    }

    private static void CheckGrid(NiftiVolume volume, NiftiVolume first, string path)
    {
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                if (Math.Abs(volume.Affine[row, column] - (row == column ? 1 : 0)) > 1e-6)
                    throw new NiftiFormatException(path, "its voxels are not 1 mm cubes along the axes, so it is not Colin27 as mricron-data has it");
            }
        }

        var sameGrid = volume.Shape.SequenceEqual(first.Shape) && Enumerable.Range(0, 3).All(row => volume.Affine[row, 3] == first.Affine[row, 3]);
        if (!sameGrid)
            throw new NiftiFormatException(path, "its grid differs from ch2.nii.gz, so positions would not agree");
    }

    private static int[] ReadLabels(string path)
    {
        var structures = new int[256];
        Array.Fill(structures, -1);
        foreach (var line in File.ReadLines(path))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2 || !int.TryParse(fields[0], out var label) || label is < 0 or > 255)
                continue;
            for (var i = 0; i < Structure.All.Count; i++)
            {
                if (Structure.All[i].LabelPrefixes.Any(prefix => fields[1].StartsWith(prefix, StringComparison.Ordinal)))
                    structures[label] = i;
            }
        }

        for (var i = 0; i < Structure.All.Count; i++)
        {
            if (!structures.Contains(i))
                throw new SampleSetException($"the atlas lacks the {Structure.All[i].Name}; '{path}' names no such label; {Package}");
        }

        return structures;
    }
}
