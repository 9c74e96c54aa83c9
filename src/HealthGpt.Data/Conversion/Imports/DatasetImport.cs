using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>Makes a dataset of one that is published in another form. Pictures stay where they are unless the published files hold them.</summary>
public static class DatasetImport
{
    /// <summary>Imports a dataset; in memory that does not grow with it, but for pickles, of which one is held.</summary>
    /// <param name="options">What, to where, and how.</param>
    /// <param name="report">Hears of every bad sample, in order.</param>
    /// <param name="cancellationToken">Stops between two samples; nothing is left then.</param>
    /// <returns>What was made; its folder is null if there are bad samples and they are not skipped.</returns>
    /// <exception cref="ConversionException">An option, the source or the output folder cannot be used, or no sample is left.</exception>
    public static async Task<ImportResult> RunAsync(ImportOptions options, Action<DatasetProblem> report, CancellationToken cancellationToken = default)
    {
        if (options.Task is { } task)
            ConversionTask.CheckName(task);
        var place = ImportFolder.PlaceOf(options.OutputFolder);
        try
        {
            var form = options.Form.Open(options);
            var found = form.Find();
            using var folder = new ImportFolder(place, found.Images);
            var run = new ImportRun(form, folder, options.SkipBad, report);
            foreach (var file in found.Files)
                await run.AddAsync(file, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            var isMade = run.Bad == 0 || options.SkipBad;
            if (isMade && run.Samples == 0)
            {
                throw new ConversionException(
                    $"no sample is left; of {run.Bad + run.OtherLanguage} records {run.Bad} are bad and {run.OtherLanguage} in other languages; look at the source");
            }

            if (isMade)
                folder.Complete();
            return run.Result(isMade ? place : null) with { PassedOver = found.PassedOver };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConversionException(ConversionFault.Outside, $"the source cannot be read or the output folder not written; {error.Message}; check both and their permissions", error);
        }
    }
}
