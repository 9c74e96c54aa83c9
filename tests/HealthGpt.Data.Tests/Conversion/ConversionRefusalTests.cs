using System.IO.Compression;
using HealthGpt.Data.Conversion;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Data.Tests.Dicom;
using HealthGpt.Data.Tests.Volumes;

namespace HealthGpt.Data.Tests.Conversion;

/// <summary>What is refused, and that nothing has changed then.</summary>
public sealed class ConversionRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    private SeriesConversionOptions Options(string source) => new() { Source = source, OutputFolder = At("out") };

    [Theory]
    [InlineData("../outside.dcm")]
    [InlineData("a/../../outside.dcm")]
    [InlineData("..\\outside.dcm")]
    [InlineData("/etc/outside.dcm")]
    [InlineData("C:\\outside.dcm")]
    public async Task AnArchiveThatWouldLeaveItsFolder_IsRefused(string name)
    {
        var error = await RefusalAsync(Options(MadeSeries.WriteArchive(At("bad.zip"), (name, MadeSeries.Files()[0]))));

        Assert.Contains("one of its names is absolute or leaves the archive", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnArchiveThatUnpacksToMoreThanTheLimit_IsRefused_WhateverItsHeadersSay()
    {
        byte[] bomb = [.. MadeSeries.Files()[0], .. new byte[1 << 20]];
        var path = MadeSeries.WriteArchive(At("bomb.zip"), ("bomb", bomb));
        var honest = await RefusalAsync(Options(path) with { MaximumBytes = 100_000 });
        Assert.Contains("its files have more than 100000 bytes, the most that is read at once", honest.Message, StringComparison.Ordinal);

        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        ReplaceEach(bytes, BitConverter.GetBytes(bomb.Length), BitConverter.GetBytes(10));
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        await RefusalAsync(Options(path) with { MaximumBytes = 100_000 });
    }

    [Fact]
    public async Task ADamagedArchive_IsRefusedByNumber_AndNeverByThePatientsName()
    {
        var whole = await File.ReadAllBytesAsync(MadeSeries.WriteArchive(At("whole.zip")), TestContext.Current.CancellationToken);
        for (var length = 4; length < whole.Length; length += 41)
        {
            await File.WriteAllBytesAsync(At("short.zip"), whole[..length], TestContext.Current.CancellationToken);
            await RefusalAsync(Options(At("short.zip")));
        }

        foreach (var (name, bytes, said) in new[] { ("cut", MadeSeries.Files()[0][..300], "file 6'") })
        {
            var error = await RefusalAsync(Options(MadeSeries.WriteArchive(At($"{name}.zip"), ($"{SyntheticDicom.Secrets[0]}/{name}", bytes))));
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnArchiveWithoutDicom_IsToBeUnpacked()
    {
        using (var archive = ZipFile.Open(At("volumes.zip"), ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry($"{SyntheticDicom.Secrets[0]}.nii.gz").Open();
            entry.Write(new NiftiFile().ToGzip());
        }

        var error = await RefusalAsync(Options(At("volumes.zip")));

        Assert.Contains("none of its 1 files is a DICOM image; if they are NIfTI, PNG or JPEG, unpack it and name their folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangedByteOfAnArchive_IsNoticedByItsChecksum()
    {
        using (var archive = ZipFile.Open(At("stored.zip"), ZipArchiveMode.Create))
        {
            using var entry = archive.CreateEntry("0", CompressionLevel.NoCompression).Open();
            entry.Write(MadeSeries.Files()[0]);
        }

        var bytes = await File.ReadAllBytesAsync(At("stored.zip"), TestContext.Current.CancellationToken);
        bytes[bytes.AsSpan().IndexOf(MadeSeries.Files()[0]) + MadeSeries.Files()[0].Length - 1] ^= 1;
        await File.WriteAllBytesAsync(At("stored.zip"), bytes, TestContext.Current.CancellationToken);

        await RefusalAsync(Options(At("stored.zip")));
    }

    [Fact]
    public async Task AForeignFolder_IsKept_AndAnEarlierConversionIsReplaced()
    {
        var options = Options(MadeSeries.Write(At("series"))) with { Slices = new() { Size = 8 } };
        _folder.Write("out/notes.txt", "mine");
        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(options));
        Assert.Contains("holds files that no conversion made", error.Message, StringComparison.Ordinal);
        Assert.Equal(["notes.txt"], ConvertedFolder.Files(At("out")).Keys);

        File.Delete(At("out/notes.txt"));
        Assert.Equal(5, (await ConvertedFolder.ConvertAsync(options)).Pictures);
        var again = await ConvertedFolder.ConvertAsync(options with { Slices = new() { Spacing = 6 } });
        Assert.Equal((3, 3), (again.Pictures, again.Pictures().Count));

        _folder.Write("out/images/drawn.txt", "mine as well");
        await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(options));
        Assert.Equal("mine as well", await File.ReadAllTextAsync(At("out/images/drawn.txt"), TestContext.Current.CancellationToken));
        Assert.Equal(["out", "series"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task AnOutputWithinItsSource_IsNotReadAgain_AndASourceWithinItsOutputIsRefused()
    {
        new RgbImage(3, 2, new byte[18]).SavePng(At("a.png"));
        var within = Options(_folder.Path) with { OutputFolder = At("made") };
        Assert.Equal(1, (await ConvertedFolder.ConvertAsync(within)).Pictures);
        Assert.Equal(1, (await ConvertedFolder.ConvertAsync(within)).Pictures);

        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(At("made/images")) with { OutputFolder = At("made") }));

        Assert.Equal(ConversionFault.Options, error.Fault);
        Assert.Contains("the source lies in the output folder", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(At("made/images")));
    }

    [Fact]
    public async Task ACancelledConversion_LeavesNothing()
    {
        var series = MadeSeries.Write(At("series"));
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SeriesConversion.RunAsync(Options(series), cancel.Token));

        Assert.Equal(["series"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    /// <summary>A slice without the header would leave a hole in its volume if it were passed over. The command that the error names makes it good.</summary>
    [Theory, InlineData("+te"), InlineData("+ti"), InlineData("+tb")]
    public async Task ADataSetWithoutItsHeader_IsNamedWithTheCommandThatGivesItOne(string syntax)
    {
        DicomTool.SkipUnlessInstalled("dcmconv", "dcmtk");
        MadeSeries.Write(At("series"));
        var name = $"{SyntheticDicom.Secrets[0]} 0.dcm";
        DicomTool.Run("dcmconv", "-F", syntax, At($"series/{name}"), At("bare"));
        Assert.Contains("is a DICOM file and no dataset", Assert.Throws<DatasetException>(() => Dataset.Load(At("bare"))).Message, StringComparison.Ordinal);
        File.Delete(At($"series/{name}"));
        File.Copy(At("bare"), At("series/bare"));
        foreach (var source in new[] { At("bare"), At("series") })
        {
            var error = await Assert.ThrowsAsync<DicomFormatException>(() => ConvertedFolder.ConvertAsync(Options(source)));
            Assert.Contains("bare': it is a bare DICOM data set, without the header of Part 10; give it one with dcmconv IN.dcm OUT.dcm (of dcmtk)", error.Message, StringComparison.Ordinal);
        }

        var archived = await RefusalAsync(Options(MadeSeries.WriteArchive(At("bare.zip"), (name, await File.ReadAllBytesAsync(At("bare"), TestContext.Current.CancellationToken)))));
        Assert.Contains("file 6'", archived.Message, StringComparison.Ordinal);

        DicomTool.Run("dcmconv", At("bare"), At("series/bare"));
        Assert.Equal(MadeSeries.Slices, (await ConvertedFolder.ConvertAsync(Options(At("series")))).Pictures);
    }

    [Theory]
    [InlineData("ni1", "a NIfTI-1 volume")]
    [InlineData("", "an ANALYZE 7.5 volume, which does not say which side is left")]
    public async Task AVolumeOfTwoFiles_IsNamedWithTheCommandsThatMakeItOne(string magic, string said)
    {
        Directory.CreateDirectory(At("pair"));
        var header = new NiftiFile().ToBytes()[..348];
        header.AsSpan(344).Clear();
        System.Text.Encoding.ASCII.GetBytes(magic).CopyTo(header, 344);
        await File.WriteAllBytesAsync(At("pair/a.hdr"), header, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(At("pair/a.img"), new byte[96], TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(At("pair/b.nii.gz"), new NiftiFile().ToGzip(), TestContext.Current.CancellationToken);
        foreach (var source in new[] { At("pair"), At("pair/a.hdr"), At("pair/a.img") })
        {
            var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(source)));
            Assert.Contains($"it is one of two files, .hdr and .img, of {said}; make one file of the two with: fslchfiletype NIFTI_GZ {At("pair/a")} (of FSL)", error.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(At("out")));
        }

        // Pictures of high dynamic range and headers of remote sensing are called .hdr as well.
        _folder.Write("pair/a.hdr", "ENVI\nsamples = 3");
        Assert.Equal(2, (await ConvertedFolder.ConvertAsync(Options(At("pair")))).PassedOver);
    }

    [Theory]
    [InlineData("readme.txt", "is nothing that is converted; it is neither DICOM nor a zip archive")]
    [InlineData("nowhere", "the source cannot be read")]
    public async Task NoMedicalFile_IsAnError(string name, string said)
    {
        _folder.Write("readme.txt", "some text");

        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(At(name))));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Some Task", "What?", null, "the task is 'Some Task'")]
    [InlineData("vqa", " ", null, "the question is ' '")]
    [InlineData("vqa", "<image> What?", null, "without <image>")]
    [InlineData("vqa", "What?", "", "the answer is empty")]
    public async Task ATaskThatNoDatasetCanHold_IsRefused(string name, string question, string? answer, string said)
    {
        var task = new ConversionTask { Name = name, Question = question, Answer = answer };

        var error = await Assert.ThrowsAsync<ConversionException>(() => ConvertedFolder.ConvertAsync(Options(MadeSeries.Write(At("series"))) with { Task = task }));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    private async Task<DicomFormatException> RefusalAsync(SeriesConversionOptions options)
    {
        var error = await Assert.ThrowsAsync<DicomFormatException>(() => ConvertedFolder.ConvertAsync(options));
        Assert.All(SyntheticDicom.Secrets, secret => Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal));
        Assert.False(Directory.Exists(At("out")));
        return error;
    }

    private static void ReplaceEach(byte[] bytes, byte[] old, byte[] replacement)
    {
        for (var at = bytes.AsSpan().IndexOf(old); at >= 0; at = bytes.AsSpan().IndexOf(old))
            replacement.CopyTo(bytes, at);
    }
}
