using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Verification;

namespace HealthGpt.Model.Tests.Folders;

public sealed class ConfigurationFaultTests
{
    private const string Manifest = ModelManifest.FileName, Card = "plugins/vqa/" + PluginCard.FileName, Processor = "vision_tower/preprocessor_config.json", Yaml = "image_tokenizer/model.yaml";
    private const string Bytes = "tokenizer/byte_tokenizer.json", Index = "base/model.safetensors.index.json", Config = "base/config.json", Generation = "base/generation_config.json";

    // What the runtime says, which names its own types or counts lines from 0.
    private static readonly string[] Foreign = ["LineNumber", "BytePosition", "converted", "deserializ", "System.", "Could not", "Access to", "given key", "invalid", "JSON value", "Duplicate"];

    /// <summary>A file, its content (null for none), and what is said of it.</summary>
    public static TheoryData<string, string?, string> Faults => new()
    {
        { Config, null, "does not exist, but its folder must hold it" },
        { Processor, null, "does not exist, but its folder must hold it" },
        { Yaml, null, "does not exist, but its folder must hold it" },
        { Card, null, "does not exist, but its folder must hold it" },
        { Config, "", "it has no bytes" },
        { Config, "{\n \"model_type\": \"phi3\",\n oops", "is no JSON: what stands at line 3, byte 2 does not belong there; is it cut off" },
        { Config, "[]", "an object was expected" },
        { Generation, "[]", "an object was expected" },
        { Generation, """{"eos_token_id": [1, -1]}""", "has eos_token_id = [1, -1], but a token's id, or a list of them, is needed" },
        { Generation, """{"repetition_penalty": 0}""", "has repetition_penalty = 0, but a number from 0.01 to 100 is needed" },
        { Generation, """{"no_repeat_ngram_size": 3}""", "has no_repeat_ngram_size = 3, which is not implemented (implemented: 0)" },
        { Generation, """{"penalty_alpha": 0.6, "bad_words_ids": []}""", "has penalty_alpha = 0.6, which is not implemented (implemented: 0)" },
        { Generation, """{"suppress_tokens": [1]}""", "has suppress_tokens = [1], which is not implemented (implemented: null)" },
        { Processor, "{}", "has no crop_size" },
        { Processor, """{"crop_size":336,"image_mean":[0.5,"a",1],"image_std":[1,1,1]}""", "has image_mean = [0.5,\"a\",1], but a list of numbers is needed" },
        { Processor, """{"crop_size":{"height":336},"image_mean":[0,0,0],"image_std":[1,1,1]}""", "has no crop_size.width" },
        { Yaml, "", "it has no bytes" },
        { Yaml, "# nothing\n", "is empty; it must say" },
        { Yaml, "model: [1", "is no YAML at line 2: While parsing a flow sequence" },
        { Yaml, "model: 5\n", "has no params" },
        { Yaml, "model: {params: {ddconfig: {}}}\n", "has no ch," },
        { Bytes, """{"special": "<s>"}""", "'special' is \"<s>\"; that must be an array" },
        { Bytes, """{"special": [null]}""", "'special[0]' is null; that must be a string" },
        { Bytes, """{"special": [], "count": 5}""", "'count' is 5; that must be a number from 256" },
        { Index, """{"metadata": {}}""", "has no weight_map; an object of texts by name is needed" },
        { Index, """{"weight_map": {"a": 5}}""", "has weight_map = {\"a\": 5}, but an object of texts by name is needed" },
        { Index, """{"weight_map": {"a": "b.safetensors", "a": "c.safetensors"}}""", "has 'a' twice in weight_map" },
        { Manifest, "[]", "is [], but an object in braces is needed" },
        { Manifest, """{"name": "x"}""", "has no base, no visionTower, no imageTokenizer, no tokenizer, no template; it must say all of them" },
        { Manifest, "SET name 5", "has name = 5, but a text is needed" },
        { Manifest, "SET name null", "has name = null, but a text is needed" },
        { Manifest, "SET base \"base\"", "has base = \"base\", but an object of path and sha256 is needed" },
        { Manifest, "SET plugins {\"vqa\":{\"path\":5}}", "has plugins = {\"vqa\":{\"path\":5}}, but an object by name, each an object of path and sha256, is needed" },
        { Manifest, "SET plugins {\"\":{\"path\":\"plugins/vqa\",\"sha256\":\"\"}}", "has a plugin whose name is empty" },
        { Manifest, "SET plugins {\"vqa\":null}", "has the plugin 'vqa' = null, but an object of path and sha256 is needed" },
        { Manifest, "SET base {\"path\":\"\",\"sha256\":\"\"}", "has a part whose path is empty" },
        { Manifest, "SET pluginz {}", "has the field 'pluginz', which is none of name, base, " },
        { Card, "SET kind \"reading\"", "has kind = \"reading\", but \"comprehension\" or \"generation\" is needed" },
        { Card, "SET rank 2.5", "has rank = 2.5, but a whole number is needed" },
        { Card, "SET task null", "has task = null, but a text is needed" },
        { Card, "SET task \"\"", "has task = \"\", but the name of the task that it answers is needed" },
        { Card, "SET job \"\\ud800\"", "has job = \"\\ud800\"" },
        { Card, """{"task": "vqa"}""", "has no kind, no rank, no alpha, no experts, no baseSha256; it must say all of them" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void What_is_wrong_with_a_configuration_is_said_in_plain_words(string file, string? content, string expected)
    {
        using var nano = new SyntheticNano();
        var path = nano.At(file.Split('/'));
        if (content is null) File.Delete(path);
        else File.WriteAllText(path, content.StartsWith("SET ", StringComparison.Ordinal) ? With(File.ReadAllText(path), content[4..].Split(' ', 2)) : content);

        var fault = ModelCheck.Run(nano.Folder, TestContext.Current.CancellationToken).Faults.First(fault => fault.File == path && !fault.Expected.StartsWith("SHA-256", StringComparison.Ordinal));

        Assert.Contains(expected, fault.Found, StringComparison.Ordinal);
        Assert.DoesNotContain(Foreign, word => fault.Found.Contains(word, StringComparison.Ordinal));
        Assert.DoesNotContain(path, fault.Found, StringComparison.Ordinal);
    }

    [Theory, InlineData(Config), InlineData(Index), InlineData(Manifest)]
    public void An_absurdly_large_file_is_refused_unread(string file)
    {
        using var nano = new SyntheticNano();
        using (var large = File.Create(nano.At(file.Split('/')))) large.SetLength(1L << 33);

        // Configurations are read on the caller's thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(ModelCheck.Run(file == Manifest ? nano.Folder : nano.At("base"), TestContext.Current.CancellationToken).Faults, fault => fault.Found.Contains("has 8589934592 bytes; no such file", StringComparison.Ordinal));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }

    // As text, as the values need not be ones that a JSON library would write.
    private static string With(string json, string[] change)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        var fields = document.RootElement.EnumerateObject().Where(field => field.Name != change[0]).Select(field => $"\"{field.Name}\": {field.Value.GetRawText()}");
        return "{" + string.Join(",\n", fields.Append($"\"{change[0]}\": {change[1]}")) + "}";
    }
}
