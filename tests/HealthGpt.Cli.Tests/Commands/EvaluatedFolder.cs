using System.Text.Json;
using System.Xml.Linq;

namespace HealthGpt.Cli.Tests.Commands;

/// <summary>What an evaluation left.</summary>
internal sealed record EvaluatedFolder(JsonElement Metrics, IReadOnlyList<JsonElement> Answers, XDocument Page, string Path)
{
    public static EvaluatedFolder Read(string path) => new(
        Parse(File.ReadAllText(System.IO.Path.Combine(path, "metrics.json"))),
        [.. File.ReadLines(System.IO.Path.Combine(path, "answers.jsonl")).Select(Parse)],
        XDocument.Parse(File.ReadAllText(System.IO.Path.Combine(path, "report.html"))),
        path);

    /// <summary>The words that the page shows.</summary>
    public string PageText => Page.Root!.Value;

    public IEnumerable<JsonElement> Groups => Metrics.GetProperty("groups").EnumerateArray();

    public JsonElement Metric(string name) => Metric(Groups.First(), name);

    public static JsonElement Metric(JsonElement group, string name) => group.GetProperty("metrics").EnumerateArray().Single(metric => metric.GetProperty("metric").GetString() == name);

    /// <summary>A system's figure with its interval.</summary>
    public static (double Estimate, double Low, double High) Figure(JsonElement metric, string list, string system) =>
        Interval(metric.GetProperty(list).EnumerateArray().Single(figure => figure.GetProperty("of").GetString() == system));

    public static JsonElement Difference(JsonElement metric, string of, string minus) =>
        metric.GetProperty("differences").EnumerateArray().Single(figure => figure.GetProperty("of").GetString() == of && figure.GetProperty("minus").GetString() == minus);

    public static (double Estimate, double Low, double High) Interval(JsonElement figure) =>
        (figure.GetProperty("estimate").GetDouble(), figure.GetProperty("low").GetDouble(), figure.GetProperty("high").GetDouble());

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;
}
