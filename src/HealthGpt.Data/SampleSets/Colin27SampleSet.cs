using HealthGpt.Data.Conversion;
using HealthGpt.Data.Volumes;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.SampleSets;

/// <summary>
/// Makes the sample set of the quick start from the Colin27 volume: slices of one healthy head in two versions, with questions, reports and image
/// tasks whose answers follow from the data. The same volumes give the same bytes.
/// </summary>
public static class Colin27SampleSet
{
    // First and last training slice: where at least some brain is in the picture.
    private static readonly (SlicePlane Plane, int From, int To)[] Ranges =
        [(SlicePlane.Axial, -56, 76), (SlicePlane.Coronal, -100, 64), (SlicePlane.Sagittal, -64, 64)];

    /// <summary>What is held out, one slab an axis. Each leaves training enough of every structure that is asked for.</summary>
    public static IReadOnlyList<HeldOutSlab> Slabs { get; } =
    [
        new(SlicePlane.Axial, 20, 28),
        new(SlicePlane.Coronal, -64, -56),
        new(SlicePlane.Sagittal, 26, 34),
    ];

    /// <summary>Makes the set.</summary>
    /// <param name="options">Where from and where to.</param>
    /// <param name="cancellationToken">Stops between two slices; nothing is left then.</param>
    /// <returns>The number of pictures at full size.</returns>
    /// <exception cref="SampleSetException">A volume is missing or bad, or the output folder cannot be written.</exception>
    public static int Make(Colin27Options options, CancellationToken cancellationToken = default)
    {
        if (options.TrainSpacing < 1 || options.ValidationSpacing < 1)
            throw new SampleSetException($"the spacing of slices is {options.TrainSpacing} and {options.ValidationSpacing} mm; each must be at least 1 mm");
        SampleSetPlace.Check(options.OutputFolder);
        var volumes = Colin27Volumes.Load(options.VolumesFolder);
        try
        {
            return Write(options, new SliceRenderer(volumes), cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SampleSetException(
                $"the sample set cannot be written; '{options.OutputFolder}': {error.Message}; name a folder that this user may write to", error);
        }
    }

    private static int Write(Colin27Options options, SliceRenderer renderer, CancellationToken cancellationToken)
    {
        using var staged = new StagedFolder(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.OutputFolder)));
        var pictures = WriteSlices(staged.Path, options, renderer, cancellationToken);
        SampleSetPlace.Check(options.OutputFolder);
        staged.PutInPlace();
        return pictures;
    }

    private static int WriteSlices(string folder, Colin27Options options, SliceRenderer renderer, CancellationToken cancellationToken)
    {
        using var writer = new SampleSetWriter(folder);
        var pictures = 0;
        foreach (var (plane, position, validation) in Positions(options))
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.Add(
                renderer.Render(plane, position, skull: true, validation),
                renderer.Render(plane, position, skull: false, validation));
            pictures += 2;
        }

        writer.WriteDescription(options);
        return pictures;
    }

    private static IEnumerable<(SlicePlane Plane, int Position, bool Validation)> Positions(Colin27Options options)
    {
        foreach (var (plane, from, to) in Ranges)
        {
            var slab = Slabs.Single(slab => slab.Plane == plane);
            for (var position = from; position <= to; position += options.TrainSpacing)
            {
                if (!slab.Blanks(position))
                    yield return (plane, position, false);
            }

            for (var position = slab.From; position <= slab.To; position += options.ValidationSpacing)
                yield return (plane, position, true);
        }
    }
}
