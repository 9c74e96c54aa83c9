namespace HealthGpt.Data.Dicom;

/// <summary>The kinds of device that make pictures (PS3.3, C.7.3.1.1.1). Any other text in a file might be anything, so it is not passed on.</summary>
internal static class ImagingModality
{
    public const string Other = "OT";

    private static readonly string[] Known =
    [
        "CR", "CT", "DX", "ES", "GM", "IO", "IVUS", "LS", "MG", "MR",
        "NM", "OAM", "OCT", "OP", "OPT", "PT", "PX", "RF", "RG", "RTDOSE", "RTIMAGE", "SC", "SEG", "SM", "TG", "US", "XA", "XC",
    ];

    public static string Of(DicomDataSet set) => Known.FirstOrDefault(known => known == set.Text(DicomTag.Modality)) ?? Other;
}
