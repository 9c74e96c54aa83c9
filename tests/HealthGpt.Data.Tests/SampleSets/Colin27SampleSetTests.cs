using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Data.SampleSets;
using HealthGpt.Data.Tests.Volumes;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.SampleSets;

public sealed class Colin27SampleSetTests : IDisposable
{
    private static readonly int[] Shape = [181, 217, 181];
    private static readonly int[] Origin = [-90, -125, -71];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Make_LeaksNothingHeldOutIntoTraining()
    {
        // Bright inside the slabs and their margins, black elsewhere: one training pixel above 0 would be a leak.
        var (x0, y0, z0) = (SlabOf(SlicePlane.Sagittal), SlabOf(SlicePlane.Coronal), SlabOf(SlicePlane.Axial));
        WriteVolumes((x, y, z) => x0.Blanks(x) || y0.Blanks(y) || z0.Blanks(z) ? (byte)250 : (byte)0);
        Colin27SampleSet.Make(Options("set"), TestContext.Current.CancellationToken);
        var dataset = Dataset.Load(Path.Combine(_folder.Path, "set", "dataset.yaml"));
        var train = dataset.Samples.Where(sample => sample.Split == "train").SelectMany(sample => sample.Images.Append(sample.AnswerImage)).OfType<string>().Distinct().ToList();
        Assert.NotEmpty(train);
        Assert.All(train, path => Assert.True(RgbImage.Load(path).Pixels.All(value => value == 0), $"{path} shows held-out voxels"));
        Assert.All(dataset.Select("reconstruction", "validation"), sample => Assert.Contains(RgbImage.Load(sample.Images[0]).Pixels, value => value > 200));
    }

    [Fact]
    public void Make_PutsTheRightOnTheLeftAndTheFrontOnTop()
    {
        // Bright where x > 40 (the patient's right) or y > 50 (the front) or z > 70 (the top).
        WriteVolumes((x, y, z) => x > 40 ? (byte)60 : y > 50 ? (byte)100 : z > 70 ? (byte)140 : (byte)0);
        Colin27SampleSet.Make(Options("set"), TestContext.Current.CancellationToken);
        var axial = RgbImage.Load(Path.Combine(_folder.Path, "set", "images", "axial_p020_head.png"));
        Assert.True(Grey(axial, 20, 64) > 0 && Grey(axial, 107, 64) == 0, "the patient's right is not on the left");
        Assert.True(Grey(axial, 64, 10) > 0 && Grey(axial, 64, 117) == 0, "the front is not on top");
        var sagittal = RgbImage.Load(Path.Combine(_folder.Path, "set", "images", "sagittal_p026_head.png"));
        Assert.True(Grey(sagittal, 10, 64) > 0 && Grey(sagittal, 117, 64) == 0, "the face is not on the left");
        Assert.True(Grey(sagittal, 64, 25) > 0 && Grey(sagittal, 64, 64) == 0, "the top of the head is not on top");
    }

    [Fact]
    public void Make_TwiceGivesTheSameBytes()
    {
        WriteVolumes((x, y, z) => (byte)((x * x) + (3 * y) + (y * z)));
        Colin27SampleSet.Make(Options("one"), TestContext.Current.CancellationToken);
        Colin27SampleSet.Make(Options("two"), TestContext.Current.CancellationToken);
        Colin27SampleSet.Make(Options("two"), TestContext.Current.CancellationToken);
        Assert.Equal(Contents("one"), Contents("two"));
    }

    [Fact]
    public void Make_Cancelled_LeavesNothing()
    {
        WriteVolumes((_, _, _) => 1);
        var before = Directory.GetFileSystemEntries(_folder.Path);
        Assert.Throws<OperationCanceledException>(() => Colin27SampleSet.Make(Options("set"), new CancellationToken(canceled: true)));
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(_folder.Path).Order());
    }

    [Fact]
    public void Make_FromTheRealVolumesGivesTheShippedSet()
    {
        var options = new Colin27Options { OutputFolder = Path.Combine(_folder.Path, "real") };
        if (!File.Exists(Path.Combine(options.VolumesFolder, "ch2.nii.gz")))
            Assert.Skip("Debian's mricron-data is not installed, so the shipped samples cannot be made again");
        Colin27SampleSet.Make(options, TestContext.Current.CancellationToken);
        var shipped = Directory.EnumerateFiles(SampleFolder.Colin27, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(SampleFolder.Colin27, path)).Order().ToList();
        Assert.Equal(shipped, Directory.EnumerateFiles(options.OutputFolder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(options.OutputFolder, path)).Order());
        foreach (var name in shipped)
        {
            string ours = Path.Combine(SampleFolder.Colin27, name), made = Path.Combine(options.OutputFolder, name);
            // Another version of the compressor may pack the same pixels differently.
            if (name.EndsWith(".png", StringComparison.Ordinal))
                Assert.True(RgbImage.Load(ours).Pixels.AsSpan().SequenceEqual(RgbImage.Load(made).Pixels), name);
            else
                Assert.Equal(File.ReadAllText(ours), File.ReadAllText(made));
        }
    }

    [Fact]
    public void Make_NamesMissingFilesAndThePackage()
    {
        var error = Assert.Throws<SampleSetException>(() => Colin27SampleSet.Make(Options("set"), TestContext.Current.CancellationToken));
        Assert.Contains("no ch2.nii.gz, no ch2bet.nii.gz", error.Message, StringComparison.Ordinal);
        Assert.Contains("mricron-data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_RefusesAnOutputThatIsNotItsOwn()
    {
        WriteVolumes((_, _, _) => 1);
        void Refuses(string output, string foreign)
        {
            var before = Contents(output);
            var error = Assert.Throws<SampleSetException>(() => Colin27SampleSet.Make(Options(output), TestContext.Current.CancellationToken));
            Assert.Contains($"'{Path.Combine(_folder.Path, output, foreign)}' is not of a whole sample set that was made before", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, Contents(output));
        }

        _folder.Write("mine/images/holiday.png", "keep me");
        _folder.Write("mine/images.jsonl", "and what I wrote of it");
        Refuses("mine", "images");
        _folder.Write("project/README.md", "keep me too");
        Refuses("project", "README.md");
        Colin27SampleSet.Make(Options("set"), TestContext.Current.CancellationToken);
        _folder.Write("set/images/drawn.png", "added later");
        Refuses("set", "images/drawn.png");
        _folder.Write("file", "a file where a folder is wanted");
        Assert.Contains("cannot be written", Assert.Throws<SampleSetException>(() => Colin27SampleSet.Make(Options("file"), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private static HeldOutSlab SlabOf(SlicePlane plane) => Colin27SampleSet.Slabs.Single(slab => slab.Plane == plane);

    private static byte Grey(RgbImage image, int column, int row) => image.Pixels[((row * image.Width) + column) * 3];

    private Colin27Options Options(string output) => new()
    {
        VolumesFolder = _folder.Path,
        OutputFolder = Path.Combine(_folder.Path, output),
        TrainSpacing = 30,
        ValidationSpacing = 8,
    };

    private void WriteVolumes(Func<int, int, int, byte> voxel)
    {
        var volume = SyntheticNifti.Make(Shape, (x, y, z) => voxel(x + Origin[0], y + Origin[1], z + Origin[2]), Origin);
        foreach (var name in (string[])["ch2.nii.gz", "ch2bet.nii.gz", "aal.nii.gz"])
            File.WriteAllBytes(Path.Combine(_folder.Path, name), volume);
        string[] labels = ["Thalamus_L", "Hippocampus_L", "Caudate_L", "Putamen_L", "Insula_L", "Vermis_3", "Cuneus_L", "Precuneus_L", "Precentral_L"];
        _folder.Write("aal.nii.txt", string.Join('\n', labels.Select((label, i) => $"{i + 1} {label} 0")));
    }

    private Dictionary<string, string> Contents(string output)
    {
        var folder = Path.Combine(_folder.Path, output);
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexString(File.ReadAllBytes(path)));
    }
}
