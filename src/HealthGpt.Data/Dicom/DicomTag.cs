using System.Collections.Frozen;
using System.Reflection;

namespace HealthGpt.Data.Dicom;

/// <summary>The number of an attribute (PS3.6). Only the attributes named here are ever kept of a file: none tells who the patient is.</summary>
/// <param name="Number">Group in the upper, element in the lower 16 bits.</param>
internal readonly record struct DicomTag(uint Number)
{
    public static readonly DicomTag FileMetaInformationGroupLength = new(0x00020000);
    public static readonly DicomTag TransferSyntaxUID = new(0x00020010);
    public static readonly DicomTag Modality = new(0x00080060);
    public static readonly DicomTag SliceThickness = new(0x00180050);
    public static readonly DicomTag SpacingBetweenSlices = new(0x00180088);
    public static readonly DicomTag ImagerPixelSpacing = new(0x00181164);
    public static readonly DicomTag NominalScannedPixelSpacing = new(0x00182010);
    public static readonly DicomTag SeriesInstanceUID = new(0x0020000E);
    public static readonly DicomTag ImagePositionPatient = new(0x00200032);
    public static readonly DicomTag ImageOrientationPatient = new(0x00200037);
    public static readonly DicomTag PlanePositionSequence = new(0x00209113);
    public static readonly DicomTag PlaneOrientationSequence = new(0x00209116);
    public static readonly DicomTag SamplesPerPixel = new(0x00280002);
    public static readonly DicomTag PhotometricInterpretation = new(0x00280004);
    public static readonly DicomTag PlanarConfiguration = new(0x00280006);
    public static readonly DicomTag NumberOfFrames = new(0x00280008);
    public static readonly DicomTag Rows = new(0x00280010);
    public static readonly DicomTag Columns = new(0x00280011);
    public static readonly DicomTag PixelSpacing = new(0x00280030);
    public static readonly DicomTag PixelAspectRatio = new(0x00280034);
    public static readonly DicomTag BitsAllocated = new(0x00280100);
    public static readonly DicomTag BitsStored = new(0x00280101);
    public static readonly DicomTag HighBit = new(0x00280102);
    public static readonly DicomTag PixelRepresentation = new(0x00280103);
    public static readonly DicomTag PixelPaddingValue = new(0x00280120);
    public static readonly DicomTag PixelPaddingRangeLimit = new(0x00280121);
    public static readonly DicomTag WindowCenter = new(0x00281050);
    public static readonly DicomTag WindowWidth = new(0x00281051);
    public static readonly DicomTag RescaleIntercept = new(0x00281052);
    public static readonly DicomTag RescaleSlope = new(0x00281053);
    public static readonly DicomTag VoiLutFunction = new(0x00281056);
    public static readonly DicomTag RedPaletteDescriptor = new(0x00281101);
    public static readonly DicomTag GreenPaletteDescriptor = new(0x00281102);
    public static readonly DicomTag BluePaletteDescriptor = new(0x00281103);
    public static readonly DicomTag RedPaletteData = new(0x00281201);
    public static readonly DicomTag GreenPaletteData = new(0x00281202);
    public static readonly DicomTag BluePaletteData = new(0x00281203);
    public static readonly DicomTag SegmentedRedPaletteData = new(0x00281221);
    public static readonly DicomTag ModalityLutSequence = new(0x00283000);
    public static readonly DicomTag LutDescriptor = new(0x00283002);
    public static readonly DicomTag LutData = new(0x00283006);
    public static readonly DicomTag VoiLutSequence = new(0x00283010);
    public static readonly DicomTag PixelMeasuresSequence = new(0x00289110);
    public static readonly DicomTag FrameVoiLutSequence = new(0x00289132);
    public static readonly DicomTag PixelValueTransformationSequence = new(0x00289145);
    public static readonly DicomTag SharedFunctionalGroupsSequence = new(0x52009229);
    public static readonly DicomTag PerFrameFunctionalGroupsSequence = new(0x52009230);
    public static readonly DicomTag FloatPixelData = new(0x7FE00008);
    public static readonly DicomTag DoubleFloatPixelData = new(0x7FE00009);
    public static readonly DicomTag PixelData = new(0x7FE00010);
    public static readonly DicomTag Item = new(0xFFFEE000);
    public static readonly DicomTag ItemDelimitationItem = new(0xFFFEE00D);
    public static readonly DicomTag SequenceDelimitationItem = new(0xFFFEE0DD);

    private static readonly FrozenDictionary<uint, string> Keywords = typeof(DicomTag)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.FieldType == typeof(DicomTag))
        .ToFrozenDictionary(field => ((DicomTag)field.GetValue(null)!).Number, field => field.Name);

    public int Group => (int)(Number >> 16);

    /// <summary>Whether its value is kept.</summary>
    public bool IsKept => Keywords.ContainsKey(Number);

    /// <summary>Whether it is one of the sequences whose items are kept.</summary>
    public bool IsKeptSequence => IsKept && Keywords[Number].EndsWith("Sequence", StringComparison.Ordinal);

    public override string ToString()
    {
        var number = $"({Number >> 16:X4},{Number & 0xFFFF:X4})";
        return Keywords.TryGetValue(Number, out var keyword) ? $"{number} {keyword}" : number;
    }
}
