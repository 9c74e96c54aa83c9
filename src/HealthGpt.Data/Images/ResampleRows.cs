namespace HealthGpt.Data.Images;

/// <summary>The rows between the two passes; rows of the frame above and below them are one and the same.</summary>
/// <param name="Bytes">The rows that are held, one after another.</param>
/// <param name="Frame">The row above and below them; empty where there is none.</param>
/// <param name="Length">Bytes of a row.</param>
/// <param name="Count">How many are held.</param>
/// <param name="Top">How many rows of the frame come before them.</param>
internal readonly record struct ResampleRows(byte[] Bytes, byte[] Frame, int Length, int Count, int Top)
{
    public ReadOnlySpan<byte> this[int row]
    {
        get
        {
            row -= Top;
            return (uint)row < (uint)Count ? Bytes.AsSpan(row * Length, Length) : Frame;
        }
    }
}
