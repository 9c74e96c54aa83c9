using System.Security.Cryptography;

namespace HealthGpt.Data.Dicom;

/// <summary>Tells whether two files are of one series without keeping its UID: the key lives and dies with this process.</summary>
internal readonly record struct SeriesToken(Guid Value)
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    public static SeriesToken Of(DicomDataSet set) =>
        new(new Guid(HMACSHA256.HashData(Key, set.Value(DicomTag.SeriesInstanceUID)).AsSpan(0, 16)));
}
