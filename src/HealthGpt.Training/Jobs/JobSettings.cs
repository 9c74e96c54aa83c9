using System.Text.Json;
using System.Text.Json.Nodes;

namespace HealthGpt.Training.Jobs;

/// <summary>The keys of a job file that its result depends on, with their values, to be kept beside checkpoints and compared with those of another job.</summary>
internal static class JobSettings
{
    private const int MostTold = 12;
    private const int LongestShown = 60;

    // What Digest covers.
    private static readonly string[] Keys = ["seed", "device", "precision", "shards", "microBatch", "maxSequence", "onBadSample", "optimizer", "hlora", "stages"];

    /// <summary>One JSON object.</summary>
    public static string TextOf(TrainingJob job) => Of(job).ToJsonString();

    /// <summary>Compares a job with the one whose settings were kept.</summary>
    /// <param name="kept">What <see cref="TextOf"/> gave; null or anything else where none were kept.</param>
    /// <param name="job">The present job.</param>
    /// <returns>Each key that differs with both values; none where nothing is known.</returns>
    public static IReadOnlyList<string> Differences(string? kept, TrainingJob job)
    {
        try
        {
            if (kept is null || JsonNode.Parse(kept) is not JsonObject before) return [];
            var differences = Differences("", before, Of(job)).ToList();
            return differences.Count <= MostTold ? differences : [.. differences.Take(MostTold), $"{differences.Count - MostTold} more keys"];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static JsonObject Of(TrainingJob job)
    {
        var all = job.ToJson();
        return new JsonObject(Keys.Select(key => KeyValuePair.Create(key, all[key]?.DeepClone())));
    }

    private static IEnumerable<string> Differences(string key, JsonNode? before, JsonNode? now) => (before, now) switch
    {
        (JsonObject left, JsonObject right) => left.Select(entry => entry.Key).Union(right.Select(entry => entry.Key))
            .SelectMany(name => Differences(key.Length == 0 ? name : $"{key}.{name}", left[name], right[name])),
        (JsonArray left, JsonArray right) => Enumerable.Range(0, Math.Max(left.Count, right.Count)).SelectMany(at => Differences($"{key}[{at}]", At(left, at), At(right, at))),
        _ => JsonNode.DeepEquals(before, now) ? [] : [$"{key} ({Word(before)} there, {Word(now)} here)"],
    };

    private static JsonNode? At(JsonArray list, int index) => index < list.Count ? list[index] : null;

    private static string Word(JsonNode? value) => value switch
    {
        null => "none",
        JsonValue plain => plain.GetValueKind() == JsonValueKind.String ? $"'{plain.GetValue<string>()}'" : plain.ToJsonString(),
        _ => value.ToJsonString() is { Length: <= LongestShown } text ? text : "some",
    };
}
