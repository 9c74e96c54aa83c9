using System.Text.Json;
using System.Text.Json.Serialization;

namespace HealthGpt.Model.Vocabulary;

/// <summary>Reads and writes <c>base</c> and <c>fusion</c>; anything else is refused with what was found.</summary>
internal sealed class VocabularySourceConverter : JsonConverter<VocabularySource>
{
    public const string Base = "base", Fusion = "fusion";

    public override VocabularySource Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        using var found = JsonDocument.ParseValue(ref reader);
        return found.RootElement.ValueKind == JsonValueKind.String ? Named(found.RootElement.GetString()) ?? throw Refusal(found) : throw Refusal(found);
    }

    public override void Write(Utf8JsonWriter writer, VocabularySource value, JsonSerializerOptions options) => writer.WriteStringValue(value == VocabularySource.Base ? Base : Fusion);

    private static VocabularySource? Named(string? name) => name switch
    {
        Base => VocabularySource.Base,
        Fusion => VocabularySource.Fusion,
        _ => null,
    };

    private static JsonException Refusal(JsonDocument found) => new($"it has vocabulary = {found.RootElement.GetRawText()}, but \"{Base}\" or \"{Fusion}\" is needed");
}
