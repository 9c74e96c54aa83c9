using HealthGpt.Data.Images;

namespace HealthGpt.Data.Dicom;

/// <summary>Frames of lossless JPEG, of any predictor and up to 16 bits.</summary>
internal sealed class JpegLosslessFrames(byte[][] frames, PixelDescription description, string name) : PixelFrames(description, name)
{
    protected override int[] DecodeCells(int frame)
    {
        try
        {
            return new JpegLosslessDecoder(frames[frame], Description).Decode();
        }
        catch (JpegFormatException error)
        {
            throw Fault(frame, error.Message);
        }
    }
}
