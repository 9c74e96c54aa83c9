using System.Globalization;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>Cuts the volumes of patients and writes pairs of pictures.</summary>
internal sealed class PairWriter(PairConversionOptions options, DatasetFolder folder, IReadOnlySet<int> heldOut)
{
    private const double GridTolerance = 1e-3;
    private const double LeastMask = 0.01;
    private const double LeastBright = 0.05;
    private const byte Bright = 25;

    private long _notANumber;

    public long NotANumber => _notANumber;

    /// <summary>Writes the pairs of a patient of SynthRAD2023: both volumes on one grid, black where the mask has nobody.</summary>
    public void WriteRegistered(PatientVolumes patient, CancellationToken cancellationToken)
    {
        NiftiVolume ct = NiftiVolume.Load(patient.Files["ct"]), mr = NiftiVolume.Load(patient.Files["mr"]), mask = NiftiVolume.Load(patient.Files["mask"]);
        CheckGrid(ct, mr);
        CheckGrid(ct, mask);
        var plane = options.Slices.PlaneOf(ct.Slices);
        DicomWindow ctWindow = options.Window.Resolve("CT", null, () => Inside(ct, mask)), mrWindow = WindowChoice.Percentile.Resolve("MR", null, () => Inside(mr, mask));
        CheckNumbers(ct, mask);
        CheckNumbers(mr, mask);
        var (mrSlices, maskSlices, before) = (mr.Slices(plane), mask.Slices(plane), folder.Pictures);
        foreach (var slice in options.Slices.Of(ct.Slices(plane)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var covered = maskSlices[slice.Index].Values;
            if (ShareAbove(covered, 0.5f) < LeastMask)
                continue;
            var name = NameOf(patient, slice);
            var (ctName, mrName) = ($"{name}-ct.png", $"{name}-mr.png");
            folder.AddPicture(ctName, Masked(slice, ctWindow, covered));
            folder.AddPicture(mrName, Masked(mrSlices[slice.Index], mrWindow, covered));
            var (question, answer) = options.Task == PairForm.CtToMri ? (ctName, mrName) : (mrName, ctName);
            folder.AddPicture($"{name}-mask.png", MaskPicture(slice, covered));
            folder.AddSample(question, answer, heldOut.Contains(patient.Number), PatientOf(patient), $"{name}-mask.png");
        }

        if (folder.Pictures == before)
            throw new NiftiFormatException(mask.Name, "it covers less than 1 % of every slice that is taken, so that the patient has no pair; repair it, take slices nearer to each other, or move the patient's folder away");
    }

    /// <summary>Writes the pairs of every volume of a patient of IXI: the slice, and the same at low resolution by the mean of each area.</summary>
    public void WriteResolutions(PatientVolumes patient, CancellationToken cancellationToken)
    {
        var before = folder.Pictures;
        foreach (var (modality, path) in patient.Files)
        {
            var volume = NiftiVolume.Load(path);
            var plane = options.Slices.PlaneOf(volume.Slices);
            var window = WindowChoice.Percentile.Resolve("MR", null, () => ScanVolume.SampleOf(volume.Voxels));
            foreach (var slice in options.Slices.Of(volume.Slices(plane)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var grey = GreySlice.Render(slice, window, inverted: false, ref _notANumber);
                if (ShareBright(grey) < LeastBright)
                    continue;
                var high = options.Slices.Resize(grey, slice.PixelWidth, slice.PixelHeight);
                var (lowName, highName) = ($"{NameOf(patient, slice)}-{modality}-low.png", $"{NameOf(patient, slice)}-{modality}.png");
                folder.AddPicture(highName, high);
                folder.AddPicture(lowName, Resampling.Resize(high, Reduced(high.Width), Reduced(high.Height), ResampleFilter.Box));
                folder.AddSample(lowName, highName, heldOut.Contains(patient.Number), PatientOf(patient));
            }
        }

        if (folder.Pictures == before)
            throw new NiftiFormatException(patient.Files.Values.First(), "no slice that is taken shows anything, so that the patient has no pair; look at the volumes, take slices nearer to each other, or move them away");
    }

    private RgbImage Masked(VolumeSlice slice, DicomWindow window, ReadOnlySpan<float> mask)
    {
        var image = GreySlice.Render(slice, window, inverted: false, ref _notANumber);
        for (var i = 0; i < mask.Length; i++)
        {
            if (!(mask[i] > 0.5f))
                image.Pixels.AsSpan(3 * i, 3).Clear();
        }

        return options.Slices.Resize(image, slice.PixelWidth, slice.PixelHeight);
    }

    private RgbImage MaskPicture(VolumeSlice slice, ReadOnlySpan<float> mask)
    {
        var grey = new byte[mask.Length];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = mask[i] > 0.5f ? byte.MaxValue : (byte)0;
        return options.Slices.Resize(RgbImage.FromGrey(slice.Width, slice.Height, grey), slice.PixelWidth, slice.PixelHeight);
    }

    private int Reduced(int side) => Math.Max(1, (int)Math.Round((double)side / options.Factor));

    private static string PatientOf(PatientVolumes patient) => string.Create(CultureInfo.InvariantCulture, $"patient-{patient.Number:0000}");

    private static string NameOf(PatientVolumes patient, VolumeSlice slice) =>
        string.Create(CultureInfo.InvariantCulture, $"{PatientOf(patient)}-{slice.Plane.ToString().ToLowerInvariant()}-{slice.Index + 1:0000}");

    // What lies outside the mask, air above all, would take the percentiles.
    private static float[] Inside(NiftiVolume volume, NiftiVolume mask)
    {
        var inside = new List<float>();
        ReadOnlySpan<float> voxels = volume.Voxels, covered = mask.Voxels;
        for (var i = 0; i < voxels.Length; i++)
        {
            if (covered[i] > 0.5f && float.IsFinite(voxels[i]))
                inside.Add(voxels[i]);
        }

        return [.. inside];
    }

    // A mask that covers nothing is told by itself.
    private static void CheckNumbers(NiftiVolume volume, NiftiVolume mask)
    {
        ReadOnlySpan<float> voxels = volume.Voxels, covered = mask.Voxels;
        var seen = 0;
        for (var i = 0; i < voxels.Length; i++)
        {
            if (!(covered[i] > 0.5f))
                continue;
            if (float.IsFinite(voxels[i]))
                return;
            seen++;
        }

        if (seen > 0)
            throw new NiftiFormatException(volume.Name, $"none of its {seen} voxels that the mask covers is a number, so that every picture of it would be black; make it anew, or move the patient's folder away");
    }

    private static void CheckGrid(NiftiVolume volume, NiftiVolume other)
    {
        var alike = volume.Shape.SequenceEqual(other.Shape);
        for (var i = 0; i < 12; i++)
            alike &= Math.Abs(volume.Affine[i / 4, i % 4] - other.Affine[i / 4, i % 4]) <= GridTolerance;
        if (alike)
            return;
        throw new NiftiFormatException(other.Name, $"its grid of {string.Join(" x ", other.Shape)} voxels, or where it lies, is another than that of '{volume.Name}' "
            + $"with {string.Join(" x ", volume.Shape)}; pairs need registered volumes on one grid, so resample one of them");
    }

    private static double ShareAbove(ReadOnlySpan<float> values, float limit)
    {
        var count = 0;
        foreach (var value in values)
            count += value > limit ? 1 : 0;
        return (double)count / values.Length;
    }

    private static double ShareBright(RgbImage image)
    {
        var count = 0;
        for (var i = 0; i < image.Pixels.Length; i += 3)
            count += image.Pixels[i] > Bright ? 1 : 0;
        return (double)count / (image.Width * image.Height);
    }
}
