using System.Text.Json;
using System.Text.Json.Serialization;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>A table kept as one sealed file of JSON.</summary>
internal sealed class DocumentFile<T>(string path, string kind, string name)
    where T : class
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The document and its ETag; null where there is no file.</summary>
    public (T Document, string ETag)? Read()
    {
        if (SealedFile.Read(path, kind, name) is not { } file)
            return null;
        try
        {
            T document = JsonSerializer.Deserialize<T>(file.Content.Span, Json) ?? throw new JsonException("the content is null");
            return (document, file.ETag);
        }
        catch (JsonException e)
        {
            throw SealedFile.Damaged(path, kind, e.Message, e);
        }
    }

    /// <summary>Replaces the document.</summary>
    public void Write(T document, string etag) =>
        new SealedFile(kind, name, etag, JsonSerializer.SerializeToUtf8Bytes(document, Json)).Write(path);
}
