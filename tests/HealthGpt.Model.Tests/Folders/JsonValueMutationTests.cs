using System.Text.Json.Nodes;
using HealthGpt.Model.Text;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Tests.Folders;

/// <summary>Every value of every JSON file of a folder, replaced by values of other kinds and sizes.</summary>
public sealed class JsonValueMutationTests
{
    private const int Seed = 23;

    // Of a long list or vocabulary, its first members and as many by lot.
    private const int MembersLookedAt = 6;

    private static readonly string[] Others =
    [
        "null", "true", "false", "0", "-1", "1", "0.5", "7.0", "1e308", "1e999", "4294967296", "99999999999999999999", "\"\"", "\"x\"", "\"\\u0000\"", "\"\\ud800\"", "\"../..\"",
        "[]", "[[]]", "[null]", "[-1, 1e9]", "{}", "{\"\": null}", "{\"x\": {\"x\": []}}",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Tokenizers => ["phi3", "phi4", "qwen2"];

    [Fact]
    public void A_model_folder_is_checked_to_its_end_whatever_its_files_hold()
    {
        using var nano = new SyntheticNano();
        var files = Directory.GetFiles(nano.Folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        Assert.True(files.Count >= 6);

        foreach (var file in files)
        {
            Mutate(file, othersOfEach: 3, () => ModelCheck.Run(nano.Folder, Stop));
        }
    }

    [Theory, MemberData(nameof(Tokenizers))]
    public void A_tokenizer_is_read_or_refused_whatever_its_files_hold(string name)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Path.Combine(Reference.Own, "tokenizers", name))) File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        string[] files = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json"];

        foreach (var file in files.Select(file => Path.Combine(folder.Path, file)).Where(File.Exists))
        {
            Mutate(file, othersOfEach: 6, () =>
            {
                try
                {
                    var tokenizer = TokenizerFolder.Open(folder.Path);
                    tokenizer.Decode(tokenizer.Encode("A chest X-ray <s>\n12\u00b5m"));
                }
                catch (WeightFileException refusal)
                {
                    Assert.NotEmpty(refusal.Problem);
                }
            });
        }
    }

    private static void Mutate(string file, int othersOfEach, Action read)
    {
        var text = File.ReadAllText(file);
        var random = new Random(Seed);
        var found = new List<string>();
        foreach (var path in Paths(JsonNode.Parse(text)!, [], random).ToList())
        {
            foreach (var other in Enumerable.Range(0, othersOfEach).Select(_ => Others[random.Next(Others.Length)]).Distinct())
            {
                File.WriteAllText(file, Replaced(text, path, other));
                try
                {
                    read();
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    found.Add($"{Path.GetFileName(file)}: {string.Join('.', path)} = {other}: {error}");
                }
            }
        }

        File.WriteAllText(file, text);
        Assert.True(found.Count == 0, $"seed {Seed}, {found.Count} faults:\n{string.Join('\n', found.Take(5))}");
    }

    private static IEnumerable<object[]> Paths(JsonNode? node, object[] path, Random random)
    {
        yield return path;
        IReadOnlyList<(object Step, JsonNode? Value)> members = node switch
        {
            JsonObject map => [.. map.Select(member => ((object)member.Key, member.Value))],
            JsonArray list => [.. list.Select((item, at) => ((object)at, item))],
            _ => [],
        };
        var chosen = members.Count <= 2 * MembersLookedAt ? members : [.. members.Take(MembersLookedAt), .. Enumerable.Range(0, MembersLookedAt).Select(_ => members[random.Next(members.Count)])];
        foreach (var (step, value) in chosen)
        {
            foreach (var deeper in Paths(value, [.. path, step], random)) yield return deeper;
        }
    }

    // Written by hand where it is put in: some of the values are none that a JSON library would write.
    private static string Replaced(string text, object[] path, string other)
    {
        const string Mark = "\"put the other value here\"";
        if (path.Length == 0) return other;
        var root = JsonNode.Parse(text)!;
        var holder = path[..^1].Aggregate(root, (node, step) => step is int at ? node[at]! : node[(string)step]!);
        var mark = JsonNode.Parse(Mark);
        if (path[^1] is int place) holder[place] = mark;
        else holder[(string)path[^1]] = mark;
        return root.ToJsonString().Replace(Mark, other, StringComparison.Ordinal);
    }
}
