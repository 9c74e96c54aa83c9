using System.Text.Json;
using System.Text.Unicode;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>
/// What an index holds of a sample, read in one pass over its JSON. It takes samples of the plain form with pictures that are known, which most are, and leaves all others to <see cref="SampleReader"/>:
/// what it takes that one takes too, with the same result.
/// </summary>
internal ref struct PlainSample
{
    /// <summary>The most pictures that such a sample has.</summary>
    public const int MostPictures = 8;

    private readonly DatasetSource _source;
    private readonly KnownPictures _known;
    private readonly Span<int> _pictures;
    private readonly bool _draws;
    private Utf8JsonReader _reader;
    private Key _seen;
    private int _answerPicture = -1;
    private int _placeholders;
    private string? _split;

    private PlainSample(DatasetSource source, KnownPictures known, ReadOnlySpan<byte> json, Span<int> pictures)
    {
        (_source, _known) = (source, known);
        _pictures = pictures;
        _draws = source.Task.Kind == TaskKind.Generation;
        _reader = new Utf8JsonReader(json);
    }

    [Flags]
    private enum Key
    {
        None = 0,
        Id = 1,
        Image = 2,
        Conversations = 4,
        Kind = 8,
        Closed = 16,
        Patient = 32,
        Split = 64,
    }

    /// <summary>How many pictures the question has.</summary>
    public int Images { get; private set; }

    /// <summary>Bytes of all answers in UTF-8; 0 where the answer is a picture.</summary>
    public int AnswerBytes { get; private set; }

    /// <summary>The sample's split.</summary>
    public readonly string Split => _split!;

    /// <summary>How many pictures were written, the answer's last.</summary>
    public readonly int Pictures => Images + (_draws ? 1 : 0);

    /// <summary>Reads a sample.</summary>
    /// <param name="source">Its source.</param>
    /// <param name="known">Pictures of the source.</param>
    /// <param name="json">Its JSON.</param>
    /// <param name="pictures">Takes the numbers of its pictures; of <see cref="MostPictures"/> and one more.</param>
    /// <param name="sample">What was read.</param>
    /// <returns>Whether it is such a sample.</returns>
    public static bool TryRead(DatasetSource source, KnownPictures known, ReadOnlySpan<byte> json, Span<int> pictures, out PlainSample sample)
    {
        sample = new PlainSample(source, known, json, pictures);
        try
        {
            return Utf8.IsValid(json) && sample.TryReadObject() && sample.TryComplete();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool TryReadObject()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = _reader.ValueIsEscaped ? Key.None : KeyOf(_reader.ValueSpan);
            if (key == Key.None || (_seen & key) != 0)
                return false;
            _seen |= key;
            if (!_reader.Read() || !TryReadValue(key))
                return false;
        }

        return _reader.TokenType == JsonTokenType.EndObject && !_reader.Read();
    }

    private bool TryComplete()
    {
        if ((_seen & Key.Conversations) == 0 || _placeholders != Images)
            return false;
        if (_draws)
            _pictures[Images] = _answerPicture;
        _split ??= Splits.Contains(_source.Split) ? _source.Split : SampleReader.IsKey(_source.Split) ? null : _source.SplitWithoutField;
        return _split is not null;
    }

    private readonly Key KeyOf(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("id"u8)) return Key.Id;
        if (name.SequenceEqual("image"u8)) return Key.Image;
        if (name.SequenceEqual("conversations"u8)) return Key.Conversations;
        if (name.SequenceEqual("kind"u8)) return Key.Kind;
        if (name.SequenceEqual("closed"u8)) return Key.Closed;
        if (name.SequenceEqual("patient"u8)) return Key.Patient;
        return !Splits.Contains(_source.Split) && !SampleReader.IsKey(_source.Split) && _reader.ValueTextEquals(_source.Split) ? Key.Split : Key.None;
    }

    private bool TryReadValue(Key key) => key switch
    {
        Key.Id => _reader.TokenType is JsonTokenType.String or JsonTokenType.Number,
        Key.Image => TryReadImages(),
        Key.Conversations => TryReadTurns(),
        Key.Closed => _reader.TokenType is JsonTokenType.True or JsonTokenType.False,
        Key.Split => TryReadSplit(),
        _ => IsPlainText(),
    };

    private bool TryReadImages()
    {
        if (_reader.TokenType == JsonTokenType.String)
            return TryReadImage();
        if (_reader.TokenType != JsonTokenType.StartArray)
            return false;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TryReadImage())
                return false;
        }

        return true;
    }

    private bool TryReadImage()
    {
        if (Images == MostPictures || !TryReadPicture(out var number))
            return false;
        _pictures[Images] = number;
        Images++;
        return true;
    }

    private readonly bool TryReadPicture(out int number)
    {
        number = -1;
        return _reader.TokenType == JsonTokenType.String && !_reader.ValueIsEscaped && _known.TryFind(_reader.ValueSpan, out number);
    }

    private bool TryReadTurns()
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
            return false;
        var turn = 0;
        for (; _reader.Read() && _reader.TokenType == JsonTokenType.StartObject; turn++)
        {
            if (!TryReadTurn(turn))
                return false;
        }

        return _reader.TokenType == JsonTokenType.EndArray && turn > 0 && turn % 2 == 0 && (!_draws || turn == 2);
    }

    private bool TryReadTurn(int turn)
    {
        var (speaks, says) = (false, false);
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.ValueSpan;
            if (!speaks && name.SequenceEqual("from"u8))
            {
                speaks = _reader.Read() && _reader.TokenType == JsonTokenType.String && _reader.ValueSpan.SequenceEqual(turn % 2 == 0 ? "human"u8 : "gpt"u8);
                if (!speaks) return false;
            }
            else if (!says && name.SequenceEqual("value"u8))
            {
                says = _reader.Read() && TryReadText(turn);
                if (!says) return false;
            }
            else
            {
                return false;
            }
        }

        return speaks && says;
    }

    private bool TryReadText(int turn)
    {
        if (turn == 1 && _draws)
            return TryReadPicture(out _answerPicture);
        if (!IsPlainText())
            return false;
        var text = _reader.ValueSpan;
        if (turn == 0)
        {
            _placeholders = PlainText.Placeholders(text);
            return PlainText.SaysMoreThanPlaceholders(text);
        }

        if (turn % 2 == 0)
            return PlainText.SaysSomething(text) && PlainText.Placeholders(text) == 0;
        AnswerBytes += PlainText.BytesOf(text);
        return PlainText.SaysSomething(text);
    }

    private bool TryReadSplit()
    {
        if (!IsPlainText() || _reader.ValueIsEscaped)
            return false;
        var name = _reader.ValueSpan;
        _split = name.SequenceEqual("train"u8) ? "train" : name.SequenceEqual("validation"u8) ? "validation" : name.SequenceEqual("test"u8) ? "test" : null;
        return _split is not null;
    }

    private readonly bool IsPlainText() => _reader.TokenType == JsonTokenType.String && (!_reader.ValueIsEscaped || PlainText.IsPlain(_reader.ValueSpan));
}
