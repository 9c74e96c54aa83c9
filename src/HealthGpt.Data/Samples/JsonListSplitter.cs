using System.Buffers;

namespace HealthGpt.Data.Samples;

/// <summary>One JSON list of samples. It is cut by brackets and quotes alone, so that most samples that are no JSON cost only themselves.</summary>
internal sealed class JsonListSplitter : SampleSplitter
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> StringEnd = SearchValues.Create("\"\\\n"u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]{[\" \t\r\n"u8);

    private const int TooShort = -1;
    private const int Unclosed = -2;

    private Place _place = Place.BeforeList;

    private enum Place
    {
        BeforeList,
        BeforeFirst,
        BeforeSample,
        AfterSample,
        AfterList,
        Lost,
    }

    public override int Split(ReadOnlyMemory<byte> window, long offset, bool full, bool last, List<SampleRecord> records)
    {
        var at = 0;
        while (_place != Place.Lost)
        {
            at = SkipBlank(window.Span, at);
            if (at == window.Length)
                break;
            var next = Step(window, at, offset, last, records);
            if (next < 0)
                break;
            at = next;
        }

        if (_place == Place.Lost)
            return window.Length;
        if (at < window.Length && (last || (full && at == 0)))
        {
            var what = last ? "the file ends within the sample; it is cut short or a bracket is missing" : $"the sample is longer than {SampleFile.MaximumRecordBytes} bytes; a bracket is missing";
            return Lose(window, offset + at, what, records);
        }

        if (last && _place != Place.AfterList)
            return Lose(window, offset + at, "the list has no ']' at its end; the file is cut short", records);
        return at;
    }

    // What follows cannot be told apart any more.
    private int Lose(ReadOnlyMemory<byte> window, long offset, string problem, List<SampleRecord> records)
    {
        records.Add(new SampleRecord(offset, Line, default, problem, Ends: true));
        _place = Place.Lost;
        return window.Length;
    }

    /// <returns>Where to go on, or -1 if the window ends too early.</returns>
    private int Step(ReadOnlyMemory<byte> window, int at, long offset, bool last, List<SampleRecord> records)
    {
        var next = window.Span[at];
        switch (_place)
        {
            case Place.BeforeList:
                _place = Place.BeforeFirst;
                return at + 1;
            case Place.AfterList:
                return Lose(window, offset + at, "there is more after the list's ']'; a samples file is one list", records);
            case Place.BeforeFirst or Place.AfterSample when next == ']':
                _place = Place.AfterList;
                return at + 1;
            case Place.AfterSample when next == ',':
                _place = Place.BeforeSample;
                return at + 1;
            case Place.AfterSample:
                records.Add(new SampleRecord(offset + at, Line, default, "there is no ',' before the sample"));
                _place = Place.BeforeSample;
                return at;
            case Place.BeforeSample when next is (byte)']' or (byte)',':
                records.Add(new SampleRecord(offset + at, Line, default, $"there is a ',' too many before '{(char)next}'"));
                _place = Place.AfterSample;
                return at;
            default:
                return Sample(window, at, offset, last, records);
        }
    }

    private int Sample(ReadOnlyMemory<byte> window, int at, long offset, bool last, List<SampleRecord> records)
    {
        var end = EndOf(window.Span, at, last);
        if (end == Unclosed)
            return Lose(window, offset + at, "a text in the sample has no closing quote on its line, so that the samples behind it cannot be told apart and are not read", records);
        if (end == TooShort)
            return TooShort;
        records.Add(new SampleRecord(offset + at, Line, window[at..end]));
        Line += window.Span[at..end].Count((byte)'\n');
        _place = Place.AfterSample;
        return end;
    }

    private int SkipBlank(ReadOnlySpan<byte> bytes, int at)
    {
        for (; at < bytes.Length && bytes[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'; at++)
        {
            if (bytes[at] == '\n')
                Line++;
        }

        return at;
    }

    private static int EndOf(ReadOnlySpan<byte> bytes, int at, bool last)
    {
        if (bytes[at] is not ((byte)'{' or (byte)'[' or (byte)'"'))
        {
            var length = bytes[(at + 1)..].IndexOfAny(ScalarEnd);
            return length >= 0 ? at + 1 + length : last ? bytes.Length : TooShort;
        }

        for (var depth = 0; ;)
        {
            var step = at < bytes.Length ? bytes[at..].IndexOfAny(Structure) : -1;
            if (step < 0)
                return TooShort;
            at += step;
            if (bytes[at] == '"')
                at = EndOfString(bytes, at + 1);
            else
                depth += bytes[at++] is (byte)'{' or (byte)'[' ? 1 : -1;
            if (at < 0 || depth <= 0)
                return at;
        }
    }

    private static int EndOfString(ReadOnlySpan<byte> bytes, int at)
    {
        while (at < bytes.Length)
        {
            var step = bytes[at..].IndexOfAny(StringEnd);
            if (step < 0)
                return TooShort;
            at += step + 1;
            // A text of JSON has its line ends escaped.
            if (bytes[at - 1] == '\n')
                return Unclosed;
            if (bytes[at - 1] == '"')
                return at;
            at++;
        }

        return TooShort;
    }
}
