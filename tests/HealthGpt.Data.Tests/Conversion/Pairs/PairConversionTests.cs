using HealthGpt.Data.Conversion;
using HealthGpt.Data.Conversion.Pairs;
using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Volumes;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Conversion.Pairs;

/// <summary>Volumes in the published folder forms, small and made.</summary>
public sealed class PairConversionTests : IDisposable
{
    private const int Side = 8;
    private const int Depth = 4;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    private PairConversionOptions Options(PairForm form, string task) => new() { Form = form, Source = At("source"), OutputFolder = At("out"), Task = task };

    private static ConversionResult Convert(PairConversionOptions options) => PairConversion.Run(options, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("ct-to-mri", "ct", "mr")]
    [InlineData("mri-to-ct", "mr", "ct")]
    public void SynthRad2023_PairsTheSlicesOfOnePlace_SeenThroughWindowAndMask(string task, string question, string answer)
    {
        foreach (var patient in (string[])["1BA001", "1BB017", "1PA004"])
            WriteSynthRad($"Task1/{(patient[1] == 'B' ? "brain" : "pelvis")}/{patient}");
        _folder.Write("source/Task1/brain/overview/1BA001_train.png", "a picture that is no patient");

        var result = Convert(Options(PairForm.SynthRad2023, task) with { Window = WindowChoice.Parse("100,200")!, Validation = 0.34 });

        // The mask leaves the topmost slice out.
        Assert.Equal((3, 3 * 3 * (Depth - 1), 2 * (Depth - 1), Depth - 1), (result.Patients, result.Pictures, result.Train, result.Validation));
        var sample = result.Dataset().Samples[1];
        Assert.Equal(($"patient-0001-axial-0002-{question}.png", $"patient-0001-axial-0002-{answer}.png"), (Path.GetFileName(sample.Images[0]), Path.GetFileName(sample.AnswerImage)));
        var ct = RgbImage.Load(Path.Combine(result.Folder, "images", "patient-0001-axial-0002-ct.png"));
        var mr = RgbImage.Load(Path.Combine(result.Folder, "images", "patient-0001-axial-0002-mr.png"));
        for (var pixel = 0; pixel < Side * Side; pixel++)
        {
            // The picture's first pixel is the voxel farthest to the right of the volume's axes, which run to the right and to the front.
            var (x, y) = (Side - 1 - (pixel % Side), Side - 1 - (pixel / Side));
            var inside = x is > 0 and < Side - 1;
            var hounsfield = (20.0 * x) + y + 1;
            Assert.Equal(inside ? (byte)((255 * Math.Clamp(hounsfield / 200, 0, 1)) + 0.5) : 0, ct.Pixels[3 * pixel]);
            Assert.Equal(inside, mr.Pixels[3 * pixel] > 0 || (x, y) == (1, 0));
        }

        foreach (var (file, bytes) in ConvertedFolder.Files(result.Folder))
            Assert.DoesNotContain("1BA001", file + System.Text.Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void SynthRad2023_APatientThatIsNotWholeOrNotRegistered_IsNamed()
    {
        WriteSynthRad("1BA001");
        WriteSynthRad("1BA002");
        var options = Options(PairForm.SynthRad2023, "ct-to-mri");
        WriteVolume("1BA002/mr", (_, _, _) => 1, spacing: 2);
        var shifted = Assert.Throws<NiftiFormatException>(() => Convert(options));
        Assert.Contains("1BA002/mr.nii.gz': its grid of 8 x 8 x 4 voxels, or where it lies, is another than that of", shifted.Message, StringComparison.Ordinal);

        File.Delete(At("source/1BA002/mr.nii.gz"));
        var lacking = Assert.Throws<ConversionException>(() => Convert(options));
        Assert.Contains("1BA002/mr.nii.gz'; every patient needs ct, mr and mask", lacking.Message, StringComparison.Ordinal);
        Assert.Equal(["source"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void APatientOfWhomNothingIsSeen_IsNamed_AndNothingIsMade()
    {
        WriteSynthRad("1BA001");
        WriteSynthRad("1BA002");
        var options = Options(PairForm.SynthRad2023, "ct-to-mri");
        WriteVolume("1BA002/mr", (_, _, _) => double.NaN);
        var noNumber = Assert.Throws<NiftiFormatException>(() => Convert(options));
        WriteVolume("1BA002/mask", (_, _, _) => 0);
        var noMask = Assert.Throws<NiftiFormatException>(() => Convert(options));
        WriteVolume("ixi/IXI002-HH-1-T1", (_, _, _) => 7);
        var noSlice = Assert.Throws<NiftiFormatException>(() => Convert(Options(PairForm.Ixi, "super-resolution") with { Source = At("source/ixi") }));

        Assert.Contains("1BA002/mr.nii.gz': none of its 144 voxels that the mask covers is a number", noNumber.Message, StringComparison.Ordinal);
        Assert.Contains("1BA002/mask.nii.gz': it covers less than 1 % of every slice", noMask.Message, StringComparison.Ordinal);
        Assert.Contains("IXI002-HH-1-T1.nii.gz': no slice that is taken shows anything", noSlice.Message, StringComparison.Ordinal);
        Assert.Equal(["source"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Ixi_PairsEverySliceWithTheMeanOfItsAreas_AndKeepsBothVolumesOfAPatientTogether()
    {
        foreach (var patient in (string[])["IXI002-Guys-0828", "IXI012-HH-1211", "IXI013-HH-1212"])
        {
            WriteVolume($"IXI-T1/{patient}-T1", (x, y, z) => (x * 9) + (y * 5) + z);
            WriteVolume($"IXI-T2/{patient}-T2", (x, y, z) => 100 - (x * 9) - (y * 5) + z);
        }

        WriteVolume("IXI-MRA/IXI002-Guys-0828-MRA", (_, _, _) => 1);
        var result = Convert(Options(PairForm.Ixi, "super-resolution") with { Validation = 0.5 });

        Assert.Equal((3, 3 * 2 * Depth * 2), (result.Patients, result.Pictures));
        Assert.Equal("Reconstruct the high-resolution image.", result.Dataset().Tasks["super-resolution"].Prompt);
        foreach (var sample in result.Dataset().Samples)
        {
            RgbImage low = RgbImage.Load(sample.Images[0]), high = RgbImage.Load(sample.AnswerImage!);
            Assert.Equal((Side, Side / 4), (high.Width, low.Width));
            Assert.Equal(Resampling.Resize(high, 2, 2, ResampleFilter.Box).Pixels, low.Pixels);
            Assert.InRange(low.Pixels[0], Mean(high) - 1.5, Mean(high) + 1.5);
        }

        var splits = result.Dataset().Samples.GroupBy(sample => Path.GetFileName(sample.Images[0])[..12]).Select(patient => patient.Select(sample => sample.Split).Distinct());
        Assert.All(splits, split => Assert.Single(split));
    }

    [Fact]
    public void TheSplit_FollowsFromTheSeed_AndLeavesSomebodyToTrainOn()
    {
        foreach (var number in Enumerable.Range(1, 12))
            WriteVolume($"IXI{number:000}-HH-1-T1", (x, y, _) => (x * 9) + (y * 5));
        var options = Options(PairForm.Ixi, "super-resolution") with { Slices = new() { Spacing = 100 } };

        string[] HeldOut(ulong seed) => [.. Convert(options with { Seed = seed, Validation = 0.25 }).Dataset().Select("super-resolution", "validation").Select(sample => sample.Images[0])];
        Assert.Equal(HeldOut(1), HeldOut(1));
        Assert.Equal([3, 3], new[] { HeldOut(1).Length, HeldOut(2).Length });
        Assert.Contains(Enumerable.Range(2, 4), seed => !HeldOut((ulong)seed).SequenceEqual(HeldOut(1)));
        Assert.Equal((11, 1), (Convert(options).Train, Convert(options).Validation));
        Assert.Equal(12, Convert(options with { Validation = 0 }).Train);
        Assert.Contains("leaves nobody to train on", Assert.Throws<ConversionException>(() => Convert(options with { Validation = 0.99 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("synthrad2023", "ct-to-mri", "holds no patient of SynthRAD2023")]
    [InlineData("ixi", "super-resolution", "holds no T1 or T2 volume of IXI")]
    [InlineData("ixi", "ct-to-mri", "the form ixi makes pairs for super-resolution")]
    public void AFolderOfAnotherForm_IsRefused(string form, string task, string said)
    {
        _folder.Write("source/readme.txt", "nothing");

        var error = Assert.Throws<ConversionException>(() => Convert(Options(PairForm.All.Single(known => known.Name == form), task)));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    // Upper left, so that it is the first of 2 x 2 low pixels.
    private static double Mean(RgbImage high) =>
        Enumerable.Range(0, 16).Average(i => (double)high.Pixels[3 * ((i / 4 * Side) + (i % 4))]);

    private void WriteSynthRad(string patient)
    {
        WriteVolume($"{patient}/ct", (x, y, z) => (20 * x) + y + z);
        WriteVolume($"{patient}/mr", (x, y, z) => (50 * x) + (3 * y) + z);
        WriteVolume($"{patient}/mask", (x, _, z) => x is > 0 and < Side - 1 && z < Depth - 1 ? 1 : 0);
    }

    private void WriteVolume(string name, Func<int, int, int, double> voxel, double spacing = 1)
    {
        var voxels = Enumerable.Range(0, Side * Side * Depth).Select(i => voxel(i % Side, i / Side % Side, i / (Side * Side)));
        var file = new NiftiFile { Shape = [Side, Side, Depth], Voxels = [.. voxels], Rows = [spacing, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
        var path = At($"source/{name}.nii.gz");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, file.ToGzip());
    }
}
