using System.Collections.Frozen;

namespace HealthGpt.Data.Dicom;

/// <summary>Where one element of a data set lies in its bytes.</summary>
/// <param name="Tag">Its attribute.</param>
/// <param name="Offset">Where the element starts, tag first.</param>
/// <param name="Start">Where its value starts.</param>
/// <param name="Length">Bytes of its value; null for one that a delimiter ends.</param>
/// <param name="Representation">The two letters of its value representation, or 0 where the syntax has none.</param>
internal readonly record struct DicomElement(DicomTag Tag, int Offset, int Start, int? Length, int Representation)
{
    public const int Unknown = ('U' << 8) | 'N';
    public const int OtherWord = ('O' << 8) | 'W';

    private const int Sequence = ('S' << 8) | 'Q';
    private const int OtherByte = ('O' << 8) | 'B';

    private static readonly FrozenSet<int> ShortForms = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US"
        .Split(' ').Select(letters => (letters[0] << 8) | letters[1]).ToFrozenSet();

    public bool IsUndefined => Length is null;

    /// <summary>Whether the length follows in 32 bits after two reserved bytes (PS3.5, 7.1.2); so it does for representations yet to come.</summary>
    public static bool HasLongForm(int representation) => !ShortForms.Contains(representation);

    public static bool MayBeUndefined(int representation) => representation is 0 or Sequence or Unknown or OtherByte or OtherWord;
}
