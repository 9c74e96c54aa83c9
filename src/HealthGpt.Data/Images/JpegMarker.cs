namespace HealthGpt.Data.Images;

/// <summary>The second byte of the markers of a JPEG (ITU-T T.81, table B.1).</summary>
internal static class JpegMarker
{
    public const byte FirstFrame = 0xC0;
    public const byte Progressive = 0xC2;
    public const byte Lossless = 0xC3;
    public const byte HuffmanTables = 0xC4;
    public const byte FirstRestart = 0xD0;
    public const byte StartOfImage = 0xD8;
    public const byte EndOfImage = 0xD9;
    public const byte StartOfScan = 0xDA;
    public const byte RestartInterval = 0xDD;

    private const byte Temporary = 0x01;
    private const byte Extensions = 0xC8;
    private const byte ArithmeticConditioning = 0xCC;
    private const byte LastFrame = 0xCF;
    private const byte LastRestart = 0xD7;

    /// <summary>What every file starts with.</summary>
    public static ReadOnlySpan<byte> Start => [0xFF, StartOfImage];

    public static bool IsFrame(byte marker) => IsFrameOrTables(marker) && marker is not (HuffmanTables or Extensions or ArithmeticConditioning);

    /// <summary>Whether it tells how pixels are coded.</summary>
    public static bool IsFrameOrTables(byte marker) => marker is >= FirstFrame and <= LastFrame;

    public static bool IsRestart(byte marker) => marker is >= FirstRestart and <= LastRestart;

    /// <summary>Whether it stands alone, without a segment.</summary>
    public static bool StandsAlone(byte marker) => marker is StartOfImage or EndOfImage or Temporary || IsRestart(marker);
}
