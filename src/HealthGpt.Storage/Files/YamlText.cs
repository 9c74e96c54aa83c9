using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Storage.Files;

/// <summary>
/// YAML from outside, held to a length, to a depth and to a number of aliases: nodes are built by recursion, and aliases of aliases can stand for more than any memory holds.
/// </summary>
public static class YamlText
{
    /// <summary>How deep nodes may lie in each other.</summary>
    public const int Deepest = 64;

    /// <summary>How many aliases there may be.</summary>
    public const int MostAliases = 16;

    /// <summary>How long a text may be, in characters; no configuration, job or dataset comes near.</summary>
    public const int Longest = 4 << 20;

    /// <summary>Reads all documents.</summary>
    /// <exception cref="YamlException">It is not YAML, or beyond the limits.</exception>
    public static YamlStream Parse(TextReader reader)
    {
        var text = ReadText(reader);
        var parser = new Parser(new StringReader(text));
        try
        {
            Require(parser);
            var stream = new YamlStream();
            parser = new Parser(new StringReader(text));
            stream.Load(parser);
            return stream;
        }
        catch (Exception error) when (error is not (YamlException or OutOfMemoryException))
        {
            // At some damage, such as brackets that are not closed, the library fails without saying where.
            var end = parser.Current?.End ?? Mark.Empty;
            throw new YamlException(end, end, "it cannot be read from here on; a bracket or a quote may not be closed", error);
        }
    }

    private static string ReadText(TextReader reader)
    {
        var text = new StringBuilder();
        var block = new char[1 << 14];
        while (reader.ReadBlock(block.AsSpan()) is > 0 and var read)
        {
            text.Append(block.AsSpan(0, read));
            if (text.Length > Longest) throw new YamlException($"it is longer than {Longest} characters");
        }

        return text.ToString();
    }

    private static void Require(Parser parser)
    {
        var aliases = 0;
        // The anchors of the nodes that are open, an empty one for a node without.
        var open = new Stack<AnchorName>();
        while (parser.MoveNext())
        {
            var found = parser.Current!;
            if (found.NestingIncrease > 0) open.Push((found as NodeEvent)?.Anchor ?? AnchorName.Empty);
            if (found.NestingIncrease < 0) open.Pop();
            if (open.Count > Deepest) throw new YamlException(found.Start, found.End, $"nodes lie more than {Deepest} deep in each other");
            if (found is not AnchorAlias alias) continue;
            if (++aliases > MostAliases) throw new YamlException(found.Start, found.End, $"there are more than {MostAliases} aliases (*name)");
            // As a key it would be hashed for ever.
            if (open.Contains(alias.Value)) throw new YamlException(found.Start, found.End, $"the alias *{alias.Value} lies in the node that it stands for");
        }
    }
}
