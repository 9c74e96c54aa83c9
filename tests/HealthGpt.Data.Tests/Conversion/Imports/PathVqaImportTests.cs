using HealthGpt.Data.Conversion.Imports;
using Parquet;
using Parquet.Schema;

namespace HealthGpt.Data.Tests.Conversion.Imports;

/// <summary>
/// The pickles were written by Python 3.6 (protocol 3), 3.13 (protocol 5) and 2.7 (protocol 2); the parquet file by Arrow's C++ library with the columns of Hugging
/// Face's datasets: two rows a group, groups without rows, a path that is missing beside one that is there, and a CMYK JPEG.
/// </summary>
public sealed class PathVqaImportTests : IDisposable
{
    private const string Parquet = "train-00000-of-00001.parquet";

    private readonly ImportedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_ReadsPickles()
    {
        WritePickles();

        var result = await _folder.ImportAsync(ImportForm.PathVqa);

        Assert.Equal((4, 2, 1, 2), (result.Train, result.Validation, result.Test, result.Closed));
        var samples = _folder.Checked();
        Assert.Equal(["in the canals of hering", "yes", "2", "granuloma", "neutrophils", "No", "positively charged"], samples.Select(sample => sample.Answer));
        Assert.Equal([false, true, false, false, false, true, false], samples.Select(sample => sample.Closed));
        Assert.Equal("<image>\nWhat is présent?", samples[3].Question);
        string[] pictures = ["train/train_0422.jpg", "val/val_0261.jpg", "test/test_0273.jpg"];
        var named = samples.Select(sample => Path.GetRelativePath(Path.Combine(_folder.Source, "images"), sample.Images[0]));
        Assert.Equal(pictures, named.Where(pictures.Contains).Distinct());
    }

    [Fact]
    public async Task Import_WritesThePicturesOfParquetFilesOnce_NamedAfterTheirContent()
    {
        _folder.CopyFile(Parquet, $"data/{Parquet}");
        _folder.CopyFile(Parquet, "data/test-00000-of-00001.parquet");

        // VQA-RAD is published so as well, with the same columns.
        var result = await _folder.ImportAsync(ImportForm.VqaRad);

        Assert.Equal((5, 5, 4, 2), (result.Train, result.Test, result.Closed, result.Pictures));
        var samples = _folder.Checked();
        Assert.Equal(["train", "test"], samples.Select(sample => sample.Split).Distinct());
        string[] answers = ["in the canals of hering", "bile duct cells and canals of hering", "yes", "No", "2"];
        Assert.Equal(answers, samples.Take(5).Select(sample => sample.Answer));
        Assert.Equal([0, 0, 1, 1, 0], samples.Take(5).Select(sample => sample.Images[0] == samples[0].Images[0] ? 0 : 1));
        Assert.Equal(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Images", "Files", "cmyk.jpg")), File.ReadAllBytes(samples[0].Images[0]));
        foreach (var (file, bytes) in ConvertedFolder.Files(_folder.Out))
            Assert.DoesNotContain("smith", file + System.Text.Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("80 03 63 70 6f 73 69 78 0a 73 79 73 74 65 6d 0a", "has the opcode 0x63, which lists of dictionaries of texts and numbers do not need; it is not executed (at its byte 2)")]
    [InlineData("80 04 95 ff ff ff ff ff ff ff ff 5d", "ends early")]
    [InlineData("80 01 5d 2e", "has protocol 1; protocols 2 to 5 are read")]
    [InlineData("80 03 7d 2e", "the pickle is no list")]
    [InlineData("80 03 5d 4b 01 61", "ends early")]
    [InlineData("80 03 58 ff ff ff ff 41", "ends early")]
    [InlineData("80 03 58 01 00 00 00 ff 2e", "has a text that is no UTF-8")]
    [InlineData("80 03 68 05 2e", "refers to the object 5, which it has not built")]
    [InlineData("80 03 65 2e", "refers to a mark that it has not set")]
    [InlineData("80 03 61 2e", "adds items to something that is no list")]
    [InlineData("80 03 7d 4b 01 4b 02 73 2e", "has a dictionary with a key that is no text")]
    [InlineData("80 03 5d 4b 01 61 2e", "the record is no dictionary")]
    [InlineData("80 03 5d 71 00 68 00 61 2e", "the record is no dictionary")]
    public async Task Import_RefusesAPickleThatIsDamagedOrIsMore_AndExecutesNothing(string bytes, string reason)
    {
        WritePickles();
        var path = Path.Combine(_folder.Source, "qas/train/train_qa.pkl");
        File.WriteAllBytes(path, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));

        var result = await _folder.ImportAsync(ImportForm.PathVqa);

        _folder.AssertBad(result, ("train_qa.pkl", 1, reason));
    }

    [Fact]
    public async Task Import_RefusesEveryCutAndEveryChangedByteOfAPickleOrAParquetFile_OrReadsWhatItSays()
    {
        WritePickles();
        await DamageAsync(ImportForm.PathVqa, "qas/train/train_qa.pkl", step: 1);
        Directory.Delete(Path.Combine(_folder.Source, "qas"), recursive: true);
        _folder.CopyFile(Parquet, $"data/{Parquet}");
        await DamageAsync(ImportForm.PathVqa, $"data/{Parquet}", step: 97);
    }

    [Fact]
    public async Task Import_NamesBadRowsOfParquetFiles()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Source, "data"));
        var picture = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Images", "Files", "grey.jpg"));
        byte[]?[] pictures = [picture, null, "no picture"u8.ToArray(), picture, picture];
        await WriteParquetAsync("data/train-0.parquet", pictures, ["Which?", "Which?", "Which?", null, ""], ["this", "this", "this", "this", ""]);
        File.WriteAllText(Path.Combine(_folder.Source, "data/test-0.parquet"), "no parquet file at all");

        var result = await _folder.ImportAsync(ImportForm.PathVqa);

        _folder.AssertBad(
            result,
            ("train-0.parquet", 2, "the picture is missing"),
            ("train-0.parquet", 3, "the picture of 10 bytes: it is neither a PNG nor a JPEG"),
            ("train-0.parquet", 4, "question is missing"),
            ("train-0.parquet", 5, "the question is empty"),
            ("train-0.parquet", 5, "the answer is empty"),
            ("test-0.parquet", 1, "does not begin and end with PAR1"));
        Assert.Equal((1, 5), (result.Train, result.Bad));
    }

    [Fact]
    public async Task Import_NamesMissingPictures_AndNamesThatLeaveTheirFolder()
    {
        WritePickles();
        File.Delete(Path.Combine(_folder.Source, "images/train/train_0986.jpg"));
        var path = Path.Combine(_folder.Source, "qas/test/test_qa.pkl");
        var bytes = File.ReadAllBytes(path);
        "../../up_"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("test_0273"u8)));
        File.WriteAllBytes(path, bytes);

        var result = await _folder.ImportAsync(ImportForm.PathVqa);

        _folder.AssertBad(
            result,
            ("train_qa.pkl", 3, "picture 'train/train_0986.jpg' does not exist"),
            ("train_qa.pkl", 4, "picture 'train/train_0986.jpg' does not exist"),
            ("test_qa.pkl", 1, "picture 'test/../../up_.jpg' lies outside the source's root"));
    }

    private async Task DamageAsync(ImportForm form, string name, int step)
    {
        var path = Path.Combine(_folder.Source, name);
        var whole = File.ReadAllBytes(path);
        for (var at = 0; at < whole.Length; at += step)
        {
            File.WriteAllBytes(path, whole[..at]);
            Assert.Null((await _folder.ImportAsync(form)).Folder);
            var changed = whole.ToArray();
            changed[at] ^= 0x55;
            File.WriteAllBytes(path, changed);
            var result = await _folder.ImportAsync(form);
            if (result.Folder is not null)
                Directory.Delete(result.Folder, recursive: true);
            _folder.AssertNothingMade();
        }

        File.WriteAllBytes(path, whole);
    }

    private async Task WriteParquetAsync(string name, byte[]?[] pictures, string?[] questions, string?[] answers)
    {
        var (bytes, question, answer) = (new DataField<byte[]>("bytes"), new DataField<string>("question"), new DataField<string>("answer"));
        var schema = new ParquetSchema(new StructField("image", bytes), question, answer);
        await using var file = File.Create(Path.Combine(_folder.Source, name));
        await using var writer = await ParquetWriter.CreateAsync(schema, file, cancellationToken: TestContext.Current.CancellationToken);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(bytes, pictures);
        await group.WriteAsync(question, questions);
        await group.WriteAsync(answer, answers);
    }

    private void WritePickles()
    {
        foreach (var part in (string[])["train", "val", "test"])
            _folder.CopyFile($"{part}_qa.pkl", $"qas/{part}/{part}_qa.pkl");
        _folder.WritePictures("images/train/train_0422.jpg", "images/train/train_0986.jpg", "images/val/val_0261.jpg", "images/test/test_0273.jpg");
    }
}
