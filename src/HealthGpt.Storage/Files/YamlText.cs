using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Storage.Files;

/// <summary>YAML from outside, held to a depth and to a number of aliases: nodes are built by recursion, and aliases of aliases can stand for more than any memory holds.</summary>
public static class YamlText
{
    /// <summary>How deep nodes may lie in each other.</summary>
    public const int Deepest = 64;

    /// <summary>How many aliases there may be.</summary>
    public const int MostAliases = 16;

    /// <summary>Reads all documents.</summary>
    /// <exception cref="YamlException">It is not YAML, or beyond the limits.</exception>
    public static YamlStream Parse(TextReader reader)
    {
        var text = reader.ReadToEnd();
        Require(new Parser(new StringReader(text)));
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream;
    }

    private static void Require(Parser parser)
    {
        var (depth, aliases) = (0, 0);
        while (parser.MoveNext())
        {
            var found = parser.Current!;
            depth += found.NestingIncrease;
            if (found is AnchorAlias) aliases++;
            if (depth > Deepest) throw new YamlException(found.Start, found.End, $"nodes lie more than {Deepest} deep in each other");
            if (aliases > MostAliases) throw new YamlException(found.Start, found.End, $"there are more than {MostAliases} aliases (*name)");
        }
    }
}
