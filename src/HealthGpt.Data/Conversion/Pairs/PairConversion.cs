using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>Makes a dataset of pairs of pictures, one the question and one the answer, of the volumes of many patients, who become numbers.</summary>
public static class PairConversion
{
    private const int LargestFactor = 16;

    /// <summary>Converts the volumes; of one patient at a time.</summary>
    /// <param name="options">From where, to where, and how.</param>
    /// <param name="cancellationToken">Stops between two pictures; nothing is left then.</param>
    /// <returns>What was made.</returns>
    /// <exception cref="ConversionException">An option, the source or the output folder cannot be used.</exception>
    /// <exception cref="NiftiFormatException">A volume cannot be read or shows nothing, or volumes that should be registered lie on different grids.</exception>
    public static ConversionResult Run(PairConversionOptions options, CancellationToken cancellationToken = default)
    {
        Check(options);
        var task = TaskOf(options);
        DatasetFolder.CheckPlace(Path.GetFullPath(options.OutputFolder));
        try
        {
            var patients = options.Form == PairForm.Ixi ? IxiFolder.Find(options.Source) : SynthRadFolder.Find(options.Source);
            var heldOut = PatientSplit.HeldOut(patients.Count, options.Validation, options.Seed);
            using var folder = DatasetFolder.Create(options.OutputFolder, task);
            var writer = new PairWriter(options, folder, heldOut);
            foreach (var patient in patients)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (options.Form == PairForm.Ixi)
                    writer.WriteResolutions(patient, cancellationToken);
                else
                    writer.WriteRegistered(patient, cancellationToken);
            }

            folder.Complete();
            return new ConversionResult(Path.GetFullPath(options.OutputFolder), folder.Pictures, folder.Train, folder.Validation, writer.NotANumber) { Patients = patients.Count };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConversionException(ConversionFault.Outside, $"the source cannot be read or the output folder not written; {error.Message}; check both and their permissions", error);
        }
    }

    private static void Check(PairConversionOptions options)
    {
        options.Slices.Check();
        if (options.Factor is < 2 or > LargestFactor)
            throw new ConversionException(ConversionFault.Options, $"the factor is {options.Factor}; low resolution is 2 to {LargestFactor} times coarser; give one of these");
        if (!Directory.Exists(options.Source))
            throw new ConversionException(ConversionFault.Options, $"the source is '{options.Source}'; there is no such folder; name the one that the volumes lie in");
    }

    private static ConversionTask TaskOf(PairConversionOptions options)
    {
        if (!options.Form.Tasks.TryGetValue(options.Task, out var question))
        {
            throw new ConversionException(ConversionFault.Options, $"the task is '{options.Task}'; the form {options.Form.Name} makes pairs for {string.Join(" and ", options.Form.Tasks.Keys)}; "
                + NearestName.Suggest(options.Task, [.. options.Form.Tasks.Keys]));
        }

        var task = new ConversionTask { Name = options.Task, Question = options.Question ?? question };
        task.Check();
        return task;
    }
}
