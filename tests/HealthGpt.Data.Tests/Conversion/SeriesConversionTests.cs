using HealthGpt.Data.Conversion;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Dicom;
using HealthGpt.Data.Tests.Volumes;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Conversion;

public sealed class SeriesConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    private SeriesConversionOptions Options(string source) => new() { Source = source, OutputFolder = At("out") };

    [Fact]
    public async Task ASeries_BecomesItsSlicesAtTrueAspect_AndADatasetThatTrainingReads()
    {
        var result = await ConvertedFolder.ConvertAsync(Options(MadeSeries.Write(At("series"))));

        Assert.Equal((MadeSeries.Slices, MadeSeries.Slices, 0, 0L), (result.Pictures, result.Train, result.Validation, result.NotANumber));
        var expected = MadeSeries.Files().Select(file => Resampling.Resize(DicomImage.Parse(file, "made").Render(), 12, 32, ResampleFilter.Bicubic));
        Assert.Equal(["axial-0001.png", "axial-0002.png", "axial-0003.png", "axial-0004.png", "axial-0005.png"], result.Pictures().Select(picture => picture.Name));
        foreach (var (picture, image) in result.Pictures().Zip(expected))
            Assert.Equal((image.Width, image.Height, image.Pixels), (picture.Image.Width, picture.Image.Height, picture.Image.Pixels), PixelsEqual);
        var samples = result.Dataset().Select("reconstruction", "train");
        Assert.Equal(result.Pictures, samples.Count);
        Assert.All(samples, sample => Assert.Equal(("<image>\nReconstruct.", Assert.Single(sample.Images)), (sample.Question, sample.AnswerImage)));
    }

    /// <summary>What MONOCHROME1 shows bright MONOCHROME2 shows dark, in a volume as in a picture; windows that differ from slice to slice are none of the volume's.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task AnInvertedSeries_IsTheNegative_AndWindowsOfSingleSlicesAreNot(bool windows)
    {
        string Write(string name, bool inverted)
        {
            Directory.CreateDirectory(At(name));
            for (var i = 0; i < MadeSeries.Slices; i++)
            {
                var slice = MadeSeries.Slice(i).Text(0x00280004, "CS", inverted ? "MONOCHROME1" : "MONOCHROME2");
                if (windows) slice = slice.Numbers(0x00281050, 10 * i).Numbers(0x00281051, 1 + (40 * i));
                File.WriteAllBytes(Path.Combine(At(name), $"{i}"), slice.ToBytes());
            }

            return At(name);
        }

        var options = Options(Write("plain", inverted: false));
        options = options with { Slices = new() { Spacing = 3 } };
        var plain = await ConvertedFolder.ConvertAsync(options with { OutputFolder = At("plain-out") });
        var negative = await ConvertedFolder.ConvertAsync(options with { Source = Write("negative", inverted: true), OutputFolder = At("negative-out") });
        var preset = await ConvertedFolder.ConvertAsync(options with { OutputFolder = At("preset-out"), Window = WindowChoice.Parse("soft-tissue")! });

        // Resizing rounds to nearest, which may go either way.
        foreach (var (one, other) in plain.Pictures().Zip(negative.Pictures()))
            Assert.All(one.Image.Pixels.Zip(other.Image.Pixels), pixel => Assert.InRange(pixel.First + pixel.Second, 254, 256));
        Assert.All(plain.Pictures().Zip(preset.Pictures()), pair => Assert.Equal(pair.Second.Image.Pixels, pair.First.Image.Pixels));
    }

    [Theory]
    [InlineData(SlicePlane.Axial, null, null, 5, 12, 32)]
    [InlineData(SlicePlane.Axial, 6.0, 64, 3, 24, 64)]
    [InlineData(SlicePlane.Coronal, null, null, 8, 12, 30)]
    [InlineData(SlicePlane.Coronal, 5.0, 15, 3, 6, 15)]
    [InlineData(SlicePlane.Sagittal, 1.0, null, 6, 8, 8)]
    [InlineData(SlicePlane.Sagittal, 0.1, 10, 12, 10, 9)]
    public async Task PlaneSpacingAndSize_GiveSoManyPicturesOfThatSize(SlicePlane plane, double? spacing, int? size, int count, int width, int height)
    {
        var options = Options(MadeSeries.WriteArchive(At("series.zip"))) with { Slices = new() { Plane = plane, Spacing = spacing, Size = size } };

        var result = await ConvertedFolder.ConvertAsync(options);

        // Of 8 x 12 x 5 voxels of 2 x 0.5 x 3 mm.
        Assert.Equal(count, result.Pictures);
        Assert.All(result.Pictures(), picture => Assert.Equal((width, height), (picture.Image.Width, picture.Image.Height)));
    }

    [Fact]
    public async Task AFolderAnArchiveAndItsNifti_ShowTheSame()
    {
        var fromFolder = await ConvertedFolder.ConvertAsync(Options(MadeSeries.Write(At("series"))));
        var fromArchive = await ConvertedFolder.ConvertAsync(Options(MadeSeries.WriteArchive(At("series.zip"))) with { OutputFolder = At("second") });
        var volume = DicomVolume.Load(At("series"));
        var rows = Enumerable.Range(0, 12).Select(i => volume.Affine[i / 4, i % 4]).ToArray();
        var nifti = new NiftiFile { Shape = [.. volume.Shape], Voxels = [.. volume.Voxels.ToArray().Select(value => (double)value)], Rows = rows };
        await File.WriteAllBytesAsync(At("series.nii.gz"), nifti.ToGzip(), TestContext.Current.CancellationToken);
        var fromNifti = await ConvertedFolder.ConvertAsync(
            Options(At("series.nii.gz")) with { OutputFolder = At("third"), Window = WindowChoice.Parse("soft-tissue")! });

        Assert.Equal(ConvertedFolder.Files(fromFolder.Folder), ConvertedFolder.Files(fromArchive.Folder));
        Assert.Equal(ConvertedFolder.Files(fromFolder.Folder), ConvertedFolder.Files(fromNifti.Folder));
    }

    /// <summary>Slices show what their pictures show by themselves: the files' own table, and black where there is padding, which no percentile counts.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task ATableOfBrightnessAndPadding_AreOfAVolumeAsOfAPicture(bool table)
    {
        Directory.CreateDirectory(At("mr"));
        for (var i = 0; i < 2; i++)
        {
            var pixels = Enumerable.Range(0, 16).Select(pixel => (ushort)(pixel < 12 ? 0 : 1000 + (100 * pixel))).ToArray();
            var slice = SyntheticDicom.Slice([0, 0, i], [1, 0, 0, 0, 1, 0], [1, 1]).Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(pixels)).Words(0x00280120, 0);
            if (table)
                slice = slice.Sequence(0x00283010, new SyntheticDicom().Words(0x00283002, 2, 2350, 8).Set(0x00283006, "OW", SyntheticDicom.WordBytes(40, 200)));
            File.WriteAllBytes(Path.Combine(At("mr"), $"{i}"), slice.ToBytes());
        }

        var result = await ConvertedFolder.ConvertAsync(Options(At("mr")));

        Assert.Equal(2, result.Pictures);
        var alone = DicomImage.Load(Path.Combine(At("mr"), "0")).Render();
        // The patient's front is on top.
        Assert.All(result.Pictures(), picture => Assert.Equal(alone.Pixels.Where((_, i) => i >= 36).Order(), picture.Image.Pixels.Order().Skip(36)));
    }

    [Fact]
    public async Task ForeignFilesAreToldAndPassedOver_FoldersAreEntered_AndOfSeveralSeriesOneIsChosen()
    {
        var plain = await ConvertedFolder.ConvertAsync(Options(MadeSeries.Write(At("plain"))) with { OutputFolder = At("plain-out") });
        MadeSeries.Write(At("export/DICOM/A"));
        _folder.Write("export/DICOMDIR", "x");
        _folder.Write("export/viewer/autorun.inf", "x");
        await File.WriteAllBytesAsync(At("export/report"), SyntheticDicom.Grey(modality: "SR").Remove(0x7FE00010).ToBytes(), TestContext.Current.CancellationToken);
        var zip = MadeSeries.WriteArchive(At("export.zip"), ("viewer/readme.txt", new byte[500]));
        foreach (var (source, others) in new[] { (At("export"), 2), (zip, 1) })
        {
            var result = await ConvertedFolder.ConvertAsync(Options(source));
            Assert.Equal(others, result.PassedOver);
            Assert.Equal(ConvertedFolder.Files(plain.Folder), ConvertedFolder.Files(result.Folder));
        }

        await File.WriteAllBytesAsync(At("export/z.dcm"), SyntheticDicom.Grey().Text(0x0020000E, "UI", "1.2.99").ToBytes(), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(At("export"))));
        Assert.Contains("holds 2 series: 1 (CT, 5 files of 8 x 12 pixels), 2 (MR, 1 file of 4 x 4 pixels); a dataset is made of one; choose it by number with --series", error.Message, StringComparison.Ordinal);
        Assert.Equal(MadeSeries.Slices, (await ConvertedFolder.ConvertAsync(Options(At("export")) with { Series = 1 })).Pictures);
        Assert.Equal(1, (await ConvertedFolder.ConvertAsync(Options(At("export")) with { Series = 2 })).Pictures);
    }

    [Fact]
    public async Task AFolderOfVolumesAndPictures_BecomesOneDataset_ThatKeepsVolumesApart()
    {
        Directory.CreateDirectory(At("many"));
        var nifti = new NiftiFile { Voxels = [.. Enumerable.Range(0, 24).Select(i => (double)i)] };
        foreach (var name in (string[])["a.nii", "b.nii"])
            await File.WriteAllBytesAsync(At($"many/{name}"), nifti.ToBytes(), TestContext.Current.CancellationToken);
        new RgbImage(3, 2, [.. Enumerable.Range(0, 18).Select(i => (byte)i)]).SavePng(At("many/Musterfrau.png"));
        _folder.Write("many/notes.txt", "x");

        var result = await ConvertedFolder.ConvertAsync(Options(At("many")));

        var names = result.Pictures().Select(picture => picture.Name).ToList();
        Assert.Equal(1, result.PassedOver);
        Assert.Equal("picture-0001.png", names[0]);
        Assert.All(names.Skip(1), name => Assert.Matches("^scan-000[23]-[a-z]+-000[0-9].png$", name));
        Assert.Equal(Enumerable.Range(0, 18), result.Pictures()[0].Image.Pixels.Select(value => (int)value));
        Assert.Equal([null, "scan-0002", "scan-0003"], result.Dataset().Samples.Select(sample => sample.Patient).Distinct());
    }

    [Fact]
    public async Task NothingOfThePatient_IsInAnyByteOfTheOutput()
    {
        (string Source, string Out)[] runs = [(MadeSeries.Write(At("series")), "a"), (MadeSeries.WriteArchive(At("series.zip")), "b"), (At($"series/{SyntheticDicom.Secrets[0]} 0.dcm"), "c")];
        foreach (var (source, name) in runs)
        {
            var result = await ConvertedFolder.ConvertAsync(Options(source) with { OutputFolder = At(name) });
            foreach (var (file, bytes) in ConvertedFolder.Files(result.Folder))
            {
                var text = file + System.Text.Encoding.Latin1.GetString(bytes);
                Assert.All(SyntheticDicom.Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
                if (file.EndsWith(".png", StringComparison.Ordinal))
                    Assert.Equal(["IHDR", "IDAT", "IEND"], ChunksOf(bytes));
            }
        }
    }

    [Fact]
    public async Task AQuestionWithAnAnswer_MakesSamplesInWords()
    {
        var task = new ConversionTask { Name = "modality", Question = "Which \"modality\" is this: CT or MR?", Answer = "CT" };

        var result = await ConvertedFolder.ConvertAsync(Options(MadeSeries.Write(At("series"))) with { Task = task });

        var dataset = result.Dataset();
        Assert.Equal(task.Question, dataset.Tasks["modality"].Prompt);
        Assert.All(dataset.Select("modality", "train"), sample => Assert.Equal(($"<image>\n{task.Question}", "CT", null), (sample.Question, sample.Answer, sample.AnswerImage)));
    }

    [Fact]
    public async Task APictureThatLiesNowhere_IsOnePictureAFrame()
    {
        var file = SyntheticDicom.Colour(2, 3, [.. Enumerable.Range(0, 36).Select(i => (byte)(7 * i))]).Text(0x00280008, "IS", "2");
        await File.WriteAllBytesAsync(At("photo"), file.ToBytes(), TestContext.Current.CancellationToken);

        var result = await ConvertedFolder.ConvertAsync(Options(At("photo")));

        Assert.Equal(["frame-0001.png", "frame-0002.png"], result.Pictures().Select(picture => picture.Name));
        Assert.Equal(Enumerable.Range(18, 18).Select(i => (byte)(7 * i)), result.Pictures()[1].Image.Pixels);
    }

    [Fact]
    public async Task FramesOfOneFileThatAllLieAtOnePlace_ArePictures_AndNoVolume()
    {
        var film = SyntheticDicom.Slice([1, 2, 3], [1, 0, 0, 0, 1, 0], [1, 1]).Text(0x00280008, "IS", "3").Set(0x7FE00010, "OW", new byte[2 * 3 * 16]);
        await File.WriteAllBytesAsync(At("film"), film.ToBytes(), TestContext.Current.CancellationToken);

        var result = await ConvertedFolder.ConvertAsync(Options(At("film")));

        Assert.Equal(["frame-0001.png", "frame-0002.png", "frame-0003.png"], result.Pictures().Select(picture => picture.Name));
        await Assert.ThrowsAsync<DicomFormatException>(() => ConvertedFolder.ConvertAsync(Options(At("film")) with { Slices = new() { Plane = SlicePlane.Axial } }));
    }

    [Fact]
    public async Task ASeriesOfPicturesThatLieNowhere_IsAllOfThem_AndOneOfSlicesAndPicturesIsRefused()
    {
        Directory.CreateDirectory(At("views"));
        await File.WriteAllBytesAsync(At("views/a"), SyntheticDicom.Grey(4, 4, "DX").ToBytes(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(At("views/b"), SyntheticDicom.Grey(2, 3, "DX").ToBytes(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(At("views/c"), SyntheticDicom.Colour(2, 2, new byte[24]).Text(0x00280008, "IS", "2").ToBytes(), TestContext.Current.CancellationToken);

        var result = await ConvertedFolder.ConvertAsync(Options(At("views")));

        Assert.Equal(
            ["scan-0001-frame-0001.png", "scan-0002-frame-0001.png", "scan-0003-frame-0001.png", "scan-0003-frame-0002.png"], result.Pictures().Select(picture => picture.Name));
        Assert.Equal([(4, 4), (3, 2), (2, 2), (2, 2)], result.Pictures().Select(picture => (picture.Image.Width, picture.Image.Height)));
        await File.WriteAllBytesAsync(At("views/d"), SyntheticDicom.Slice([0, 0, 0], [1, 0, 0, 0, 1, 0], [1, 1]).ToBytes(), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<DicomFormatException>(() => ConvertedFolder.ConvertAsync(Options(At("views"))));
        Assert.Contains("has no place in a volume; leave it out of the series", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x00280030u, "DS", "2\\1", 4, 8)]
    [InlineData(0x00181164u, "DS", "0.1\\0.2", 8, 4)]
    [InlineData(0x00182010u, "DS", "0.3\\0.1", 4, 12)]
    [InlineData(0x00280034u, "IS", "1\\2", 8, 4)]
    [InlineData(0x00280034u, "IS", "0\\0", 4, 4)]
    public async Task APictureThatLiesNowhere_HasTrueAspect(uint tag, string representation, string spacing, int width, int height)
    {
        await File.WriteAllBytesAsync(At("xray"), SyntheticDicom.Grey(modality: "DX").Text(tag, representation, spacing).ToBytes(), TestContext.Current.CancellationToken);

        var picture = (await ConvertedFolder.ConvertAsync(Options(At("xray")))).Pictures()[0];

        Assert.Equal((width, height), (picture.Image.Width, picture.Image.Height));
    }

    [Fact]
    public async Task VoxelsThatAreNoNumber_AreBlackAndCounted()
    {
        var nifti = new NiftiFile { Voxels = [double.NaN, double.PositiveInfinity, .. Enumerable.Range(2, 22).Select(i => (double)i)] };
        await File.WriteAllBytesAsync(At("some.nii"), nifti.ToBytes(), TestContext.Current.CancellationToken);

        var result = await ConvertedFolder.ConvertAsync(Options(At("some.nii")) with { Window = WindowChoice.Parse("10,10")! });

        Assert.Equal(1, result.NotANumber);
        // The first voxel is the rightmost of the lowest row.
        Assert.Equal(((byte)0, (byte)255), (result.Pictures()[0].Image.Pixels[^1], result.Pictures()[0].Image.Pixels[^4]));

        await File.WriteAllBytesAsync(At("none.nii"), (nifti with { Voxels = [.. Enumerable.Repeat(double.NaN, 24)] }).ToBytes(), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(At("none.nii")) with { OutputFolder = At("black") }));
        Assert.Contains("none.nii' has no number in any voxel", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("black")));
    }

    [Fact]
    public async Task AWindowForCt_OnSomethingElse_IsRefused()
    {
        await File.WriteAllBytesAsync(At("mr"), SyntheticDicom.Grey().ToBytes(), TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(At("mr")) with { Window = WindowChoice.Parse("lung")! }));

        Assert.Contains("'lung' is for the Hounsfield units of CT; the source is of modality MR", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("out")));
    }

    private static bool PixelsEqual((int, int, byte[]) a, (int, int, byte[]) b) => (a.Item1, a.Item2) == (b.Item1, b.Item2) && a.Item3.SequenceEqual(b.Item3);

    private static IEnumerable<string> ChunksOf(byte[] png)
    {
        for (var at = 8; at < png.Length; at += 12 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at)))
            yield return System.Text.Encoding.ASCII.GetString(png, at + 4, 4);
    }
}
