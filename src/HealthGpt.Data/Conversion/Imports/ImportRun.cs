using HealthGpt.Data.Samples;
using HealthGpt.Data.Samples.Pictures;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>Reads published files record by record, checks each as <see cref="DatasetCheck"/> will, and writes the good ones.</summary>
internal sealed class ImportRun(PublishedForm form, ImportFolder folder, bool skipBad, Action<DatasetProblem> report)
{
    private readonly ImageRoot _pictures = ImageRoot.Of(folder.Images);
    private long _train, _validation, _test, _closed;

    public long Bad { get; private set; }

    public long OtherLanguage { get; private set; }

    public long Samples => _train + _validation + _test;

    public async Task AddAsync(PublishedFile file, CancellationToken cancellationToken)
    {
        using var line = new SampleLine();
        await foreach (var row in PublishedForm.ReadAsync(file, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var problems = row.Problem is { } problem ? [problem] : Write(row, file, line);
            if (problems is null)
                OtherLanguage++;
            else if (problems.Count == 0)
                Count(file, line);
            else
                Report(file, row, problems);
        }
    }

    public ImportResult Result(string? place) => new(place, _train, _validation, _test, _closed, Bad, OtherLanguage, place is null ? 0 : folder.Pictures);

    /// <returns>What is wrong with the record; null if it is not wanted.</returns>
    private IReadOnlyList<string>? Write(PublishedRow row, PublishedFile file, SampleLine line)
    {
        var fields = new RowFields(row.Fields);
        try
        {
            if (!form.Wants(fields))
                return null;
            var picture = PictureOf(row, fields);
            form.Write(fields, file, picture, line);
        }
        catch (InvalidOperationException)
        {
            fields.Problem("a text has half of a surrogate pair (\\uD800 to \\uDFFF), which is no character");
        }

        return fields.Problems.Count > 0 ? fields.Problems : ProblemsOf(row, file, line);
    }

    private string? PictureOf(PublishedRow row, RowFields fields)
    {
        if (folder.HasOwnImages && row.Picture is null)
            fields.Problem("the picture is missing");
        if (row.Picture is null)
            return folder.HasOwnImages ? "" : null;
        if (folder.AddPicture(row.Picture, out var name) is { } problem)
            fields.Problem(problem);
        return name;
    }

    private IReadOnlyList<string> ProblemsOf(PublishedRow row, PublishedFile file, SampleLine line)
    {
        var source = new DatasetSource { SamplesPath = file.Path, Root = folder.Images, Task = file.Task, Weight = 1, Split = "split" };
        var reader = new SampleReader(source, _pictures, new SampleRecord(0, row.Number, line.Bytes));
        _ = reader.Read();
        return [.. reader.Problems.Select(problem => problem.Reason)];
    }

    private void Count(PublishedFile file, SampleLine line)
    {
        if (Bad == 0 || skipBad)
            folder.Add(file.Task, line.Bytes.Span);
        _closed += line.Closed ? 1 : 0;
        _ = line.Split switch
        {
            "train" => _train++,
            "validation" => _validation++,
            _ => _test++,
        };
    }

    private void Report(PublishedFile file, PublishedRow row, IReadOnlyList<string> problems)
    {
        Bad++;
        foreach (var problem in problems)
            report(new DatasetProblem(file.Path, row.Number, problem));
    }
}
