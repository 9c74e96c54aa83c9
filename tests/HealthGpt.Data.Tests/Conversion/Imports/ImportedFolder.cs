using System.Text.Json;
using HealthGpt.Data.Conversion.Imports;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Tests.Conversion.Imports;

/// <summary>A folder with a small published dataset in it, and what an import makes of it.</summary>
internal sealed class ImportedFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public List<DatasetProblem> Problems { get; } = [];

    public string Source => this["source"];

    public string Out => this["out"];

    public string this[string name] => Path.Combine(_folder.Path, name);

    public static string FileOfTests(string name) => Path.Combine(AppContext.BaseDirectory, "Conversion", "Imports", "Files", name);

    public void Dispose() => _folder.Dispose();

    public string Write(string name, string text) => _folder.Write(Path.Combine("source", name), text);

    public void WriteRows(string name, params object[] rows) => Write(name, JsonSerializer.Serialize(rows));

    /// <summary>Writes pictures of one pixel colour; JPEG where the name says so.</summary>
    public void WritePictures(params string[] names)
    {
        foreach (var name in names)
        {
            var path = Path.Combine(Source, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (name.EndsWith(".jpg", StringComparison.Ordinal))
                File.Copy(Path.Combine(AppContext.BaseDirectory, "Images", "Files", "grey.jpg"), path);
            else
                new RgbImage(8, 4, [.. Enumerable.Repeat((byte)name.Length, 8 * 4 * 3)]).SavePng(path);
        }
    }

    public void CopyFile(string file, string name)
    {
        var path = Path.Combine(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Copy(FileOfTests(file), path);
    }

    public Task<ImportResult> ImportAsync(ImportForm form, Func<ImportOptions, ImportOptions>? with = null)
    {
        var options = new ImportOptions { Form = form, Source = Source, OutputFolder = Out };
        return DatasetImport.RunAsync(with?.Invoke(options) ?? options, Problems.Add, TestContext.Current.CancellationToken);
    }

    /// <summary>The samples of what was made, which the check has found good, with every picture decoded.</summary>
    public IReadOnlyList<Sample> Checked()
    {
        var path = Path.Combine(Out, "dataset.yaml");
        var problems = new List<DatasetProblem>();
        var check = DatasetCheck.Run(path, problems.Add, 2, TestContext.Current.CancellationToken);
        Assert.Empty(problems);
        Assert.True(check.Good);
        return Dataset.Load(path, new SampleCache(null), TestContext.Current.CancellationToken).Samples;
    }

    /// <summary>Asserts that these problems were told, in this order: the file's name, the record, and a part of the reason; and that nothing was made.</summary>
    public void AssertBad(ImportResult result, params (string File, int Number, string Reason)[] expected)
    {
        Assert.Equal(expected.Select(problem => (problem.File, (int?)problem.Number)), Problems.Select(problem => (Path.GetFileName(problem.File), problem.Line)));
        Assert.All(expected.Zip(Problems), pair => Assert.Contains(pair.First.Reason, pair.Second.Reason, StringComparison.Ordinal));
        Assert.Null(result.Folder);
        AssertNothingMade();
    }

    /// <summary>Asserts that nothing lies beside the source.</summary>
    public void AssertNothingMade() => Assert.Empty(Directory.GetFileSystemEntries(_folder.Path).Except([Source, this["elsewhere"]]));
}
