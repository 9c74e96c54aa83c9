namespace HealthGpt.Data.Conversion;

/// <summary>What a source holds.</summary>
/// <param name="Scans">Its scans, each read when it is come to.</param>
/// <param name="AreMany">Whether they are named by number, as there may be several.</param>
/// <param name="PassedOver">Files beside them that are nothing to convert.</param>
internal sealed record SourceContents(IEnumerable<ScanSource> Scans, bool AreMany, int PassedOver)
{
    public static SourceContents Of(ScanSource scan, int passedOver = 0) => new([scan], false, passedOver);
}
