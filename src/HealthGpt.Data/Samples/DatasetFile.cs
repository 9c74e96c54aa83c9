using System.Globalization;
using System.Text;
using System.Text.Unicode;
using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Data.Samples;

/// <summary>Reads dataset.yaml and collects every problem in it.</summary>
internal sealed class DatasetFile
{
    private const long LongestBytes = YamlText.Longest;

    private static readonly string[] SourceKeys = ["samples", "root", "task", "weight", "split"];

    private readonly string _path;
    private readonly string _folder;
    private readonly List<DatasetProblem> _problems;
    private readonly Dictionary<string, TaskDefinition> _tasks = new(StringComparer.Ordinal);
    private readonly List<DatasetSource> _sources = [];

    private DatasetFile(string path, List<DatasetProblem> problems)
    {
        _path = path;
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _problems = problems;
    }

    public IReadOnlyDictionary<string, TaskDefinition> Tasks => _tasks;

    public IReadOnlyList<DatasetSource> Sources => _sources;

    /// <summary>Reads a dataset file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">The list that problems are added to.</param>
    /// <param name="withSources">Whether its sources are read and looked for, which may ask a network.</param>
    public static DatasetFile Read(string path, List<DatasetProblem> problems, bool withSources = true)
    {
        var file = new DatasetFile(path, problems);
        if (file.ReadRoot() is not { } root)
            return file;
        file.CheckKeys(root, ["sources", "tasks"]);
        // Tasks first: sources refer to them.
        file.ReadTasks(root);
        if (withSources)
            file.ReadSources(root);
        return file;
    }

    private YamlMappingNode? ReadRoot()
    {
        try
        {
            if (TextOf(_path) is not { } text)
                return null;
            if (IsSamples(text))
            {
                Problem(null, "it holds samples and is no dataset file; end its name in .jsonl (a sample a line) or .json (one list)");
                return null;
            }

            var yaml = YamlText.Parse(new StringReader(text));
            if (yaml.Documents.Count == 1 && yaml.Documents[0].RootNode is YamlMappingNode root)
                return root;
            Problem(null, "it is not one mapping; it must have the keys sources and tasks");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Problem(null, $"cannot be read ({error.Message}); name an existing dataset.yaml");
        }
        catch (YamlException error)
        {
            Problem((int)error.Start.Line, $"is not YAML ({error.InnerException?.Message ?? error.Message})");
        }

        return null;
    }

    // JSON is YAML as well, so that each of its keys would be told.
    private static bool IsSamples(ReadOnlySpan<char> text) =>
        text.TrimStart() is ['{' or '[', ..] && text.Contains("\"conversations\"", StringComparison.Ordinal);

    private string? TextOf(string path)
    {
        using var file = OrdinaryFile.OpenRead(path);
        if (file.Length > LongestBytes)
        {
            Problem(null, $"has {file.Length} bytes, more than the limit of {LongestBytes}; is this a dataset file? samples belong into files of their own");
            return null;
        }

        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        var read = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        if (Utf8.IsValid(read))
            return Encoding.UTF8.GetString(read).TrimStart('\uFEFF');
        Problem(1 + read[..RecordText.ValidBytes(read)].Count((byte)'\n'), $"byte {RecordText.ValidBytes(read)} of the file is not UTF-8; save the file as UTF-8");
        return null;
    }

    private void ReadTasks(YamlMappingNode root)
    {
        if (!TryGet(root, "tasks", out var node) || node is not YamlMappingNode { Children.Count: > 0 } tasks)
        {
            Problem(LineOf(node ?? root), $"tasks is missing or empty; it must map each task's name to {{ kind: comprehension }} or {{ kind: generation }}");
            return;
        }

        foreach (var (key, value) in tasks.Children)
        {
            var name = Text(key) ?? "";
            if (string.IsNullOrWhiteSpace(name))
                Problem(LineOf(key), "a task has no name; write one, which sources and results call it by");
            if (value is not YamlMappingNode task)
            {
                Problem(LineOf(value), $"task '{name}' must be a mapping with the key kind");
                continue;
            }

            CheckKeys(task, ["kind", "prompt"]);
            if (ReadKind(task, name) is { } kind)
                _tasks[name] = new TaskDefinition { Name = name, Kind = kind, Prompt = Optional(task, "prompt", null) };
        }
    }

    private TaskKind? ReadKind(YamlMappingNode task, string name)
    {
        var text = TryGet(task, "kind", out var node) ? Text(node) : null;
        switch (text)
        {
            case "comprehension":
                return TaskKind.Comprehension;
            case "generation":
                return TaskKind.Generation;
            default:
                Problem(LineOf(node ?? task), $"the kind of task '{name}' is '{text}', but must be comprehension or generation");
                return null;
        }
    }

    private void ReadSources(YamlMappingNode root)
    {
        if (!TryGet(root, "sources", out var node) || node is not YamlSequenceNode { Children.Count: > 0 } sources)
        {
            Problem(LineOf(node ?? root), $"sources is missing or empty; it must be a list of {{ samples, root, task, weight, split }}");
            return;
        }

        foreach (var child in sources.Children)
        {
            if (child is YamlMappingNode source)
                ReadSource(source);
            else
                Problem(LineOf(child), $"a source must be a mapping with the keys {string.Join(", ", SourceKeys)}");
        }
    }

    private void ReadSource(YamlMappingNode source)
    {
        var before = _problems.Count;
        CheckKeys(source, SourceKeys);
        var samples = Required(source, "samples");
        var task = Required(source, "task");
        var split = Optional(source, "split", "train");
        var weight = ReadWeight(source);
        if (task is not null && !_tasks.ContainsKey(task))
            Problem(LineOf(source), $"the task of a source is '{task}', which tasks does not define; {NearestName.Suggest(task, _tasks.Keys)}");
        var root = ReadPictureRoot(source);
        var path = samples is null ? null : Path.GetFullPath(Path.Combine(_folder, samples));
        if (path is not null && !File.Exists(path))
            Problem(LineOf(source), $"samples is '{path}', which {(Directory.Exists(path) ? "is a folder; name the file of samples" : "does not exist")}");
        if (_problems.Count > before)
            return;
        _sources.Add(new DatasetSource
        {
            SamplesPath = path!,
            Root = root!.ToString(),
            Task = _tasks[task!],
            Weight = weight,
            Split = split!,
        });
    }

    private ArtifactAddress? ReadPictureRoot(YamlMappingNode source)
    {
        if (Optional(source, "root", ".") is not { } text)
            return null;
        var root = ArtifactAddress.TryParse(text, _folder, out var wrong);
        if (root is null)
            Problem(LineOf(source), $"root is '{text}', but it {wrong}");
        else if (ImageRoot.ProblemOf(root) is { } problem)
            Problem(LineOf(source), $"root is '{root}', {problem}");
        return root;
    }

    private double ReadWeight(YamlMappingNode source)
    {
        if (!TryGet(source, "weight", out var node))
            return 1;
        if (double.TryParse(Text(node), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && weight > 0 && double.IsFinite(weight))
            return weight;
        Problem(LineOf(node), $"weight is '{Text(node)}', but must be a number above 0");
        return 1;
    }

    private string? Required(YamlMappingNode source, string key)
    {
        if (TryGet(source, key, out var node) && Text(node) is { Length: > 0 } text)
            return text;
        Problem(LineOf(source), $"a source has no {key}; every source needs one");
        return null;
    }

    /// <returns>The text of a key; what stands for it where the key is left out; null if it is no text.</returns>
    private string? Optional(YamlMappingNode owner, string key, string? without)
    {
        if (!TryGet(owner, key, out var node))
            return without;
        if (Text(node) is { } text && !string.IsNullOrWhiteSpace(text))
            return text;
        Problem(LineOf(node), $"{key} is {(node is YamlScalarNode ? "empty" : "a list or a mapping")}, but must be one text; write it, or leave the key out");
        return null;
    }

    private void CheckKeys(YamlMappingNode node, IReadOnlyCollection<string> known)
    {
        foreach (var key in node.Children.Keys)
        {
            if (!known.Contains(Text(key)))
                Problem(LineOf(key), $"unknown key '{Text(key)}'; {NearestName.Suggest(Text(key) ?? "", known)}");
        }
    }

    private void Problem(int? line, string reason) => _problems.Add(new DatasetProblem(_path, line, reason));

    private static int LineOf(YamlNode node) => (int)node.Start.Line;

    private static string? Text(YamlNode? node) => (node as YamlScalarNode)?.Value;

    private static bool TryGet(YamlMappingNode node, string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out YamlNode? value) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out value);
}
