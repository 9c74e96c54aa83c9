using System.Text.Json;
using System.Text.Json.Serialization;

namespace HealthGpt.Model.Vocabulary;

/// <summary>Reads and writes <c>base</c> and <c>fusion</c>; nothing else, also in other cases of the letters.</summary>
internal sealed class VocabularySourceConverter : JsonConverter<VocabularySource>
{
    private const string Base = "base", Fusion = "fusion";

    public override VocabularySource Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.TokenType == JsonTokenType.String
        ? reader.GetString() switch
        {
            Base => VocabularySource.Base,
            Fusion => VocabularySource.Fusion,
            _ => throw new JsonException(),
        }
        : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, VocabularySource value, JsonSerializerOptions options) => writer.WriteStringValue(value == VocabularySource.Base ? Base : Fusion);
}
