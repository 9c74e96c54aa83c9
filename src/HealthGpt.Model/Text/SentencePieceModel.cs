using System.Globalization;
using System.Text;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>tokenizer.model: a SentencePiece model of kind BPE (sentencepiece_model.proto).</summary>
internal sealed class SentencePieceModel
{
    private const int BytePairKind = 2;
    private const int Normal = 1, Unknown = 2, Control = 3, Byte = 6;

    // The rules of a piece are all the ways to cut it in two.
    private const int LongestPiece = 512;

    private readonly string _file;
    private readonly List<(string Text, float Score, int Type)> _pieces = [];

    private SentencePieceModel(string file) => (_file, Vocabulary) = (file, new TokenVocabulary(file));

    /// <summary>The tokens.</summary>
    public TokenVocabulary Vocabulary { get; }

    /// <summary>The merge rules.</summary>
    public BytePairMerges Merges { get; private set; } = new(0);

    /// <summary>The symbols of single characters; of those that are no tokens the ids begin at the vocabulary's length.</summary>
    public Dictionary<Rune, int> Characters { get; } = [];

    /// <summary>Whether SentencePiece itself puts a mark before every text.</summary>
    public bool AddsPrefix { get; private set; } = true;

    /// <summary>What becomes of characters without a token.</summary>
    public UnknownSymbols Unknowns { get; private set; } = new(null, null, Fuse: true);

    /// <summary>Reads a model.</summary>
    /// <exception cref="WeightFileException">It is cut off or damaged, or of a kind that is not implemented; the message names the place.</exception>
    public static SentencePieceModel Load(string file)
    {
        var model = new SentencePieceModel(file);
        var bytes = TokenizerFile.Read(file);
        var reader = new ProtobufReader(file, bytes);
        var (trainer, normalizer) = (((bool FallsBack, long Tokens)?)null, false);
        while (reader.Next() is { } field)
        {
            if (field.Number == 1) model.AddPiece(reader.Message(field));
            else if (field.Number == 2) trainer = model.ReadTrainer(reader.Message(field));
            else if (field.Number == 3) normalizer = model.ReadNormalizer(reader.Message(field));
        }

        if (trainer is not { } spec || !normalizer || model._pieces.Count == 0)
            throw new WeightFileException(file, "is no whole SentencePiece model: it has no pieces, no trainer_spec or no normalizer_spec");
        if (model._pieces.Count < spec.Tokens) throw new WeightFileException(file, $"has {model._pieces.Count} pieces, but trainer_spec.vocab_size is {spec.Tokens}");
        model.Build(spec.FallsBack);
        return model;
    }

    private void AddPiece(ProtobufReader reader)
    {
        var (text, score, type) = ((string?)null, 0f, Normal);
        while (reader.Next() is { } field)
        {
            if (field.Number == 1) text = reader.Text(field);
            else if (field.Number == 2) score = reader.Float(field);
            else if (field.Number == 3) type = (int)reader.Number(field);
        }

        var place = $"piece {_pieces.Count} ('{text}')";
        if (string.IsNullOrEmpty(text)) throw new WeightFileException(_file, $"{place} has no text");
        if (text.Length > LongestPiece) throw new WeightFileException(_file, $"piece {_pieces.Count} has {text.Length} characters; implemented are up to {LongestPiece}");
        if (float.IsNaN(score)) throw new WeightFileException(_file, $"{place} has no number as its score");
        if (type is not (Normal or Unknown or Control or Byte))
            throw new WeightFileException(_file, $"{place} has type {type}, which is not implemented; implemented: 1 normal, 2 unknown, 3 control, 6 byte");
        _pieces.Add((text, score, type));
    }

    private (bool FallsBack, long Tokens) ReadTrainer(ProtobufReader reader)
    {
        var (kind, fallsBack, tokens) = (1L, false, 0L);
        while (reader.Next() is { } field)
        {
            if (field.Number == 3) kind = reader.Number(field);
            else if (field.Number == 4) tokens = reader.Number(field);
            else if (field.Number == 35) fallsBack = reader.Number(field) != 0;
        }

        return kind == BytePairKind ? (fallsBack, tokens) : throw new WeightFileException(_file, $"trainer_spec.model_type is {kind}, which is not implemented; implemented: 2 (BPE)");
    }

    private bool ReadNormalizer(ProtobufReader reader)
    {
        // Defaults of the format.
        var (name, charsmap, removesSpaces, escapes) = ("", 0, true, true);
        while (reader.Next() is { } field)
        {
            if (field.Number == 1) name = reader.Text(field);
            else if (field.Number == 2) charsmap = reader.Bytes(field).Length;
            else if (field.Number == 3) AddsPrefix = reader.Number(field) != 0;
            else if (field.Number == 4) removesSpaces = reader.Number(field) != 0;
            else if (field.Number == 5) escapes = reader.Number(field) != 0;
        }

        if (charsmap > 0) throw new WeightFileException(_file, $"normalizer_spec.name is '{name}', which is not implemented; implemented: identity");
        if (removesSpaces) throw new WeightFileException(_file, "normalizer_spec.remove_extra_whitespaces is true, which is not implemented; implemented: false");
        if (!escapes) throw new WeightFileException(_file, "normalizer_spec.escape_whitespaces is false, which is not implemented; implemented: true");
        return true;
    }

    private void Build(bool fallsBack)
    {
        for (var id = 0; id < _pieces.Count; id++) Vocabulary.Add(_pieces[id].Text, id);
        var unknown = _pieces.FindIndex(piece => piece.Type == Unknown);
        if (unknown < 0) throw new WeightFileException(_file, "has no unknown piece (type 2)");
        Unknowns = new UnknownSymbols(fallsBack ? UnknownSymbols.ByteTokens(Vocabulary) : null, unknown, Fuse: true);
        if (fallsBack && Unknowns.Bytes is null) throw new WeightFileException(_file, "falls back on bytes, but a piece of <0x00> to <0xFF> is missing");

        var symbols = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < _pieces.Count; id++)
        {
            if (_pieces[id].Type == Normal) symbols.Add(_pieces[id].Text, id);
        }

        var next = _pieces.Count;
        foreach (var rune in _pieces.Where(piece => piece.Type == Normal).SelectMany(piece => piece.Text.EnumerateRunes()))
        {
            if (Characters.ContainsKey(rune)) continue;
            if (!symbols.TryGetValue(rune.ToString(), out var symbol)) symbols.Add(rune.ToString(), symbol = next++);
            Characters.Add(rune, symbol);
        }

        AddRules(symbols);
    }

    // Any two neighbours that spell a piece are joined, the piece of the highest score first.
    private void AddRules(Dictionary<string, int> symbols)
    {
        var scores = _pieces.Select(piece => piece.Score).Distinct().OrderDescending();
        var ranks = scores.Select((score, rank) => (score, rank)).ToDictionary(pair => pair.score, pair => pair.rank);
        var lookup = symbols.GetAlternateLookup<ReadOnlySpan<char>>();
        Merges = new BytePairMerges(_pieces.Count * 4);
        for (var id = 0; id < _pieces.Count; id++)
        {
            var (text, score, type) = _pieces[id];
            if (type != Normal) continue;
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (lookup.TryGetValue(text.AsSpan(0, cut), out var left) && lookup.TryGetValue(text.AsSpan(cut), out var right))
                    Merges.Add(left, right, ranks[score], id);
            }
        }
    }

    /// <summary>Bytes of a piece: a space for a mark, the byte for a byte piece.</summary>
    public static byte[] BytesOf(string token)
    {
        var isByte = token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>';
        return isByte && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? [value]
            : Encoding.UTF8.GetBytes(token.Replace(SpaceMarks.Mark, ' '));
    }
}
