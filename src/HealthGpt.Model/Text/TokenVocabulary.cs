using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>Token texts and their ids, without added tokens.</summary>
internal sealed class TokenVocabulary
{
    /// <summary>The most tokens a vocabulary may have; the largest published ones have a quarter of a million.</summary>
    public const int MostTokens = 1 << 21;

    private readonly string _file;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _texts = [];

    /// <summary>Creates an empty vocabulary.</summary>
    /// <param name="file">The file it is read from, for errors.</param>
    public TokenVocabulary(string file) => _file = file;

    /// <summary>Number of tokens.</summary>
    public int Count => _texts.Count;

    /// <summary>Highest id and one.</summary>
    public int Length { get; private set; }

    /// <summary>All tokens.</summary>
    public IReadOnlyDictionary<int, string> Tokens => _texts;

    /// <summary>Adds a token.</summary>
    /// <exception cref="WeightFileException">The token or its id is there already, or the id is out of range.</exception>
    public void Add(string text, long id)
    {
        if (id is < 0 or >= MostTokens) throw new WeightFileException(_file, $"token '{text}' has id {id}; ids lie from 0 to {MostTokens - 1}");
        if (!_texts.TryAdd((int)id, text))
            throw new WeightFileException(_file, $"tokens '{_texts[(int)id]}' and '{text}' share the id {id}; each id belongs to one token");
        if (!_ids.TryAdd(text, (int)id)) throw new WeightFileException(_file, $"token '{text}' has two ids, {_ids[text]} and {id}");
        Length = Math.Max(Length, (int)id + 1);
    }

    /// <summary>Id of a token, or null.</summary>
    public int? IdOf(string text) => _ids.TryGetValue(text, out var id) ? id : null;

    /// <summary>Text of a token, or null.</summary>
    public string? TextOf(int id) => _texts.GetValueOrDefault(id);

    /// <summary>Adds a merge rule by its tokens' texts.</summary>
    /// <exception cref="WeightFileException">A token of the rule, or its result, is not in the vocabulary.</exception>
    public void AddMerge(BytePairMerges merges, string left, string right, int rank, string file, string place)
    {
        int Known(string text) => IdOf(text) ?? throw new WeightFileException(file, $"{place} joins '{left}' and '{right}', but '{text}' is not in the vocabulary");
        merges.Add(Known(left), Known(right), rank, Known(left + right));
    }
}
