using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Pairs;

/// <summary>Which patients are held out. A patient is never parted: slices of one head are no test for each other.</summary>
internal static class PatientSplit
{
    private const double UsualShare = 0.1;

    /// <summary>The numbers of the patients that are held out.</summary>
    /// <param name="patients">How many there are; their numbers start from 1.</param>
    /// <param name="share">How many of them; null for a tenth where there are two or more.</param>
    /// <param name="seed">Decides by lot.</param>
    /// <exception cref="ConversionException">The share is none, or leaves nobody to train on.</exception>
    public static HashSet<int> HeldOut(int patients, double? share, ulong seed)
    {
        if (share is { } given && !(given >= 0 && given < 1))
            throw new ConversionException(ConversionFault.Options, $"the validation share is {given}; it is a share of the patients, from 0 to below 1; give one like 0.1");
        var wanted = share ?? (patients > 1 ? UsualShare : 0);
        if (wanted == 0)
            return [];
        var count = Math.Max(1, (int)Math.Round(wanted * patients));
        if (count >= patients)
        {
            throw new ConversionException(ConversionFault.Options, $"the validation share is {wanted}; of {patients} patients that holds out {count}, which leaves nobody to train on; "
                + "give a smaller share or more patients");
        }

        var order = new SampleOrder(seed, "patients", patients);
        return [.. Enumerable.Range(0, count).Select(n => order.IndexAt(n) + 1)];
    }
}
