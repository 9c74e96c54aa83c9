namespace HealthGpt.Data.Dicom;

/// <summary>How elements are written: with their representations or without, and in which byte order.</summary>
internal readonly record struct DataSetEncoding(bool Explicit, bool BigEndian)
{
    public static readonly DataSetEncoding FileMeta = new(Explicit: true, BigEndian: false);

    /// <summary>What is inside an element of unknown representation (PS3.5, 6.2.2).</summary>
    public static readonly DataSetEncoding InsideUnknown = new(Explicit: false, BigEndian: false);
}
