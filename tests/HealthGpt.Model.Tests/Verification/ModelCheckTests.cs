using System.Text.Json.Nodes;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Weights;
using HealthGpt.Soak.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Verification;

public sealed class ModelCheckTests
{
    private const string Norm = "model.norm.weight", Down = "model.layers.0.mlp.down_proj.weight";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Published
    {
        get
        {
            string[] kinds = ["config.json", "model.yaml"];
            return [.. kinds.SelectMany(kind => Directory.GetFiles(Reference.Folder, kind, SearchOption.AllDirectories))
                .Select(file => Path.GetRelativePath(Reference.Folder, Path.GetDirectoryName(file)!)).Where(folder => File.Exists(Path.Combine(Reference.Folder, folder, "model.safetensors"))
                    || File.Exists(Path.Combine(Reference.Folder, folder, "model.safetensors.index.json")))];
        }
    }

    [Theory, MemberData(nameof(Published))]
    public void A_published_folder_is_sound(string folder)
    {
        var report = ModelCheck.Run(Path.Combine(Reference.Folder, folder), Stop);

        Assert.Empty(report.Faults);
        Assert.True(Assert.Single(report.Parts).Tensors > 20);
    }

    [Fact]
    public void Every_fault_of_a_model_folder_is_listed_by_file_and_key()
    {
        using var nano = new SyntheticNano();
        nano.Rewrite("base/model.safetensors", tensors =>
        {
            tensors.Remove(Norm);
            tensors[Down] = tensors[Down].t().contiguous();
            tensors.Add("model.layers.6.mlp.down_proj.weight", ones(2, 2));
            tensors["lm_head.weight"] = ones(264, 256, ScalarType.Int64);
        });
        nano.Rewrite("fusion.safetensors", tensors => tensors["base_model.model.lm_head.weight"] = tensors["base_model.model.lm_head.weight"].narrow(0, 0, 600).contiguous());
        Replace(nano.At("vision_tower", "config.json"), "quick_gelu", "gelu");
        File.Delete(nano.At("image_tokenizer", "model.safetensors"));
        Replace(nano.At("plugins", "vqa", "plugin.json"), ModelManifest.Load(nano.Folder).Base.Sha256, new string('0', 64));
        Replace(nano.At("healthgpt.json"), "phi3_instruct", "phi5_instruct");

        var faults = ModelCheck.Run(nano.Folder, Stop).Faults;

        var weights = nano.At("base", "model.safetensors");
        Listed(nano.At("base"), Norm, "shape [256], by a decoder of 6 layers", "no such tensor");
        Listed(weights, Down, "shape [256, 704], by a decoder of 6 layers", "shape [704, 256]");
        Listed(weights, "model.layers.6.mlp.down_proj.weight", "no such tensor, by a decoder of 6 layers", "shape [2, 2]");
        Listed(weights, "lm_head.weight", "float32, float16 or bfloat16 elements", "Int64 elements");
        Listed(nano.At("fusion.safetensors"), "base_model.model.lm_head.weight", "shape [776, 256], by an embedding and a head of 776 rows", "shape [600, 256]");
        Listed(nano.At("vision_tower", "config.json"), null, "a file that can be used", "has hidden_act = \"gelu\", which is not implemented (implemented: quick_gelu)");
        Listed(nano.At("plugins", "vqa", "plugin.json"), null, $"a plugin of this model's base, SHA-256 {ModelManifest.Load(nano.Folder).Base.Sha256}", $"one of a base with SHA-256 {new string('0', 64)}");
        Listed(nano.At("healthgpt.json"), null, "template phi3_instruct, phi4_instruct, qwen_2", "template 'phi5_instruct'");
        Assert.Contains(faults, fault => fault.File == nano.At("image_tokenizer", "model.safetensors") && fault.Found.Contains("does not exist", StringComparison.Ordinal));
        Assert.Equal(
            [nano.At("base"), nano.At("vision_tower"), nano.At("image_tokenizer"), nano.At("fusion.safetensors"), nano.At("plugins", "vqa")],
            faults.Where(fault => fault.Found.StartsWith("SHA-256", StringComparison.Ordinal)).Select(fault => fault.File));
        Assert.Equal(14, faults.Count);

        void Listed(string file, string? key, string expected, string found) => Assert.Contains(new WeightFault(file, key, expected, found), faults);
    }

    [Fact]
    public void A_template_of_another_family_than_the_tokenizers_is_a_fault_and_is_not_loaded()
    {
        using var nano = new SyntheticNano();
        Replace(nano.At("healthgpt.json"), "phi3_instruct", "qwen_2");

        var fault = Assert.Single(ModelCheck.Run(nano.Folder, Stop).Faults);

        Assert.Equal(nano.At("tokenizer"), fault.File);
        Assert.Contains("has no special token '<|im_start|>', which the template qwen_2 is made of", fault.Found, StringComparison.Ordinal);
        Assert.Contains("'<|im_start|>'", Assert.Throws<WeightFileException>(() => HealthGptModel.Load(nano.Folder, ScalarType.Float32, cancellationToken: Stop)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hashes_are_the_same_in_capital_letters()
    {
        using var nano = new SyntheticNano();
        var hash = ModelManifest.Load(nano.Folder).Base.Sha256;
        Replace(nano.At("healthgpt.json"), hash, hash.ToUpperInvariant());

        Assert.Empty(ModelCheck.Run(nano.Folder, Stop).Faults);
    }

    [Fact]
    public void A_huge_model_yaml_is_refused_unread()
    {
        using var nano = new SyntheticNano();
        using (var huge = File.OpenWrite(nano.At("image_tokenizer", "model.yaml"))) huge.SetLength(3L << 30);

        Assert.Contains(ModelCheck.Run(nano.At("image_tokenizer"), Stop).Faults, fault => fault.Found.Contains("has 3221225472 bytes; no such file of a model has more than 4194304", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("base/model.safetensors", "base", "tensors, by a decoder of 6 layers")]
    [InlineData("vision_tower/model.safetensors", "vision_tower", "tensors, by")]
    [InlineData("plugins/vqa/plugin.safetensors", "plugins/vqa/plugin.safetensors", "tensors, by an H-LoRA of 6 layers")]
    public void Weights_that_hold_no_tensor_are_no_sound_part(string file, string part, string expected)
    {
        using var nano = new SyntheticNano();
        nano.Rewrite(file, tensors => tensors.Clear());

        var fault = Assert.Single(ModelCheck.Run(nano.Folder, Stop).Faults, fault => fault.Found == "none");

        Assert.Equal(nano.At(part), fault.File);
        Assert.Contains(expected, fault.Expected, StringComparison.Ordinal);
        Assert.Equal("none", Assert.Single(ModelCheck.Run(nano.At(Path.GetDirectoryName(file)!), Stop).Faults).Found);
    }

    private const string Lora = "base_model.model.model.layers.2.mlp.down_proj.lora_";

    public static TheoryData<string, Action<Dictionary<string, Tensor>>, string> PluginDamages => new()
    {
        { "a missing tensor", tensors => tensors.Remove(Lora + "A.weight"), "no such tensor" },
        { "another rank", tensors => tensors[Lora + "A.weight"] = zeros(3, 704), "shape [3, 704]" },
        { "another width", tensors => tensors[Lora + "B.weight"] = zeros(300, 16), "shape [300, 16]" },
        { "another width in the first layer", tensors => tensors[Lora.Replace("2.mlp", "0.mlp", StringComparison.Ordinal) + "A.weight"] = zeros(16, 300), "shape [16, 300]" },
        { "no tensor in the first layer", tensors => tensors.Remove(Lora.Replace("2.mlp", "0.mlp", StringComparison.Ordinal) + "B.weight"), "no such tensor" },
        { "another type", tensors => tensors[Lora + "A.weight"] = zeros([16, 704], ScalarType.Float64), "Float64 elements" },
        { "a tensor too many", tensors => tensors.Add("x", ones(1)), "shape [1]" },
        { "a layer too far", tensors => tensors.Add(Lora.Replace("2.mlp", "9.mlp", StringComparison.Ordinal) + "A.weight", zeros(16, 704)), "shape [16, 704]" },
        { "an infinite number", tensors => tensors["base_model.model.model.mm_projector.0.bias"][3] = float.PositiveInfinity, "0 NaN and 1 infinite of 256, the first at element 3" },
    };

    [Theory, MemberData(nameof(PluginDamages))]
    public void A_plugin_by_itself_is_held_to_its_card_and_to_what_most_of_its_layers_are(string damage, Action<Dictionary<string, Tensor>> change, string found)
    {
        using var nano = new SyntheticNano();
        Assert.Empty(ModelCheck.Run(nano.At("plugins", "vqa"), Stop).Faults);
        nano.Rewrite("plugins/vqa/plugin.safetensors", change);

        var faults = ModelCheck.Run(nano.At("plugins", "vqa"), Stop).Faults;

        Assert.True(faults.Any(fault => fault.Found.Contains(found, StringComparison.Ordinal)), $"{damage}: {string.Join('\n', faults)}");
        Assert.Single(faults);
    }

    [Fact]
    public void A_layer_that_a_plugin_lacks_is_told_alone()
    {
        using var nano = new SyntheticNano();
        nano.Rewrite("plugins/vqa/plugin.safetensors", tensors =>
        {
            foreach (var name in tensors.Keys.Where(name => name.Contains(".layers.1.", StringComparison.Ordinal)).ToList()) tensors.Remove(name);
        });

        var faults = ModelCheck.Run(nano.At("plugins", "vqa"), Stop).Faults;

        Assert.Equal(12, faults.Count);
        Assert.All(faults, fault => Assert.Contains(".layers.1.", fault.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void A_plugin_whose_card_says_another_rank_or_whose_weights_are_none_of_a_plugin_is_not_sound()
    {
        using var nano = new SyntheticNano();
        Replace(nano.At("plugins", "vqa", "plugin.json"), "\"rank\": 16", "\"rank\": 64");
        Assert.Contains(ModelCheck.Run(nano.At("plugins", "vqa"), Stop).Faults, fault => fault.Expected.Contains("rank 64 and 4 experts", StringComparison.Ordinal));

        File.Copy(nano.At("fusion.safetensors"), nano.At("plugins", "vqa", "plugin.safetensors"), overwrite: true);
        Assert.Contains("so that it is no plugin", Assert.Single(ModelCheck.Run(nano.At("plugins", "vqa"), Stop).Faults).Found, StringComparison.Ordinal);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_shard_that_no_index_names_is_told(bool sharded)
    {
        using var nano = new SyntheticNano();
        using var folder = new TemporaryFolder();
        string At(string name) => Path.Combine(folder.Path, name);
        var weights = sharded ? "model-00001-of-00001.safetensors" : "model.safetensors";
        File.Copy(nano.At("base", "config.json"), At("config.json"));
        File.Copy(nano.At("base", "model.safetensors"), At(weights));
        using (var file = SafetensorsFile.Open(At(weights)))
        {
            var index = new JsonObject { ["weight_map"] = new JsonObject(file.Entries.Keys.Select(key => KeyValuePair.Create(key, (JsonNode?)weights))) };
            if (sharded) File.WriteAllText(At("model.safetensors.index.json"), index.ToJsonString());
        }

        // Files of other forms beside the weights are no shards.
        File.WriteAllText(At("training_args.bin"), "");
        Assert.Empty(ModelCheck.Run(folder.Path, Stop).Faults);
        File.Copy(At(weights), At("model-00002-of-00003.safetensors"));

        Assert.Equal(
            new WeightFault(At("model-00002-of-00003.safetensors"), null, "no such file, as no index of its folder names it", "a shard"),
            Assert.Single(ModelCheck.Run(folder.Path, Stop).Faults));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Numbers_that_are_not_finite_are_counted_in_each_tensor(ScalarType type)
    {
        using var nano = new SyntheticNano();
        nano.Rewrite("base/model.safetensors", tensors =>
        {
            // More than one block of the scan, the first fault in its last elements.
            tensors["model.embed_tokens.weight"] = Damaged(zeros(264 * 256 * 100, type), 264 * 256 * 100 - 3, double.NegativeInfinity, double.NaN, double.NaN);
            tensors[Norm] = Damaged(tensors[Norm].to(type), 0, double.PositiveInfinity);
        });

        var faults = ModelCheck.Run(nano.Folder, Stop).Faults.Where(fault => fault.Expected == "finite numbers").ToDictionary(fault => fault.Key!, fault => fault.Found);

        Assert.Equal("2 NaN and 1 infinite of 6758400, the first at element 6758397", faults["model.embed_tokens.weight"]);
        Assert.Equal("0 NaN and 1 infinite of 256, the first at element 0", faults[Norm]);
        Assert.Equal(2, faults.Count);
    }

    [Fact]
    public void Tensors_of_a_pickle_that_share_their_bytes_or_lie_in_strides_are_looked_at_too()
    {
        using var folder = new TemporaryFolder();
        SavedTensor saved = new("a", ScalarType.Float32, [2, 2], [.. new byte[8], .. BitConverter.GetBytes(float.NaN), .. new byte[4]]);
        SavedTensor[] tensors = [saved, saved with { Name = "tied" }, saved with { Name = "transposed", Strides = [1, 2] }];
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), "{}");
        File.WriteAllBytes(Path.Combine(folder.Path, "pytorch_model.bin"), TorchFiles.Archive(TorchPickle.StateDict(tensors), [saved]));

        var found = ModelCheck.Run(folder.Path, Stop).Faults.Where(fault => fault.Key is not null).ToDictionary(fault => fault.Key!, fault => fault.Found);

        Assert.Equal("1 NaN and 0 infinite of 4, the first at element 2", found["a"]);
        Assert.Equal("1 NaN and 0 infinite of 4, the first at element 2", found["tied"]);
        Assert.Equal("1 NaN and 0 infinite of 4, the first at element 1", found["transposed"]);
    }

    [Fact]
    public void A_changed_byte_anywhere_is_told_by_the_parts_hash()
    {
        using var nano = new SyntheticNano();
        Assert.True(ModelCheck.Run(nano.Folder, Stop).IsSound);
        File.AppendAllText(nano.At("tokenizer", "byte_tokenizer.json"), " ");

        var fault = Assert.Single(ModelCheck.Run(nano.Folder, Stop).Faults);

        Assert.Equal(nano.At("tokenizer"), fault.File);
        Assert.Contains(PartHash.Of(nano.At("tokenizer"), cancellationToken: Stop), fault.Found, StringComparison.Ordinal);
    }

    [Theory, InlineData("base"), InlineData("visionTower"), InlineData("tokenizer"), InlineData("fusion")]
    public void A_part_without_a_hash_is_a_fault_as_loading_refuses_it(string part)
    {
        using var nano = new SyntheticNano();
        var manifest = JsonNode.Parse(File.ReadAllText(nano.At("healthgpt.json")))!;
        void Write() => File.WriteAllText(nano.At("healthgpt.json"), manifest.ToJsonString());

        manifest[part]!["sha256"] = "";
        Write();
        Assert.Contains(
            new WeightFault(nano.At("healthgpt.json"), null, $"the SHA-256 of '{part}', 64 hexadecimal digits", "''"), ModelCheck.Run(nano.Folder, Stop).Faults);
        manifest[part]!.AsObject().Remove("sha256");
        Write();
        Assert.Contains("sha256", Assert.Single(ModelCheck.Run(nano.Folder, Stop).Faults).Found, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<WeightFileException>(() => ModelManifest.Load(nano.Folder));
    }

    [Fact]
    public void A_link_to_its_own_folder_is_not_followed()
    {
        using var nano = new SyntheticNano();
        Directory.CreateSymbolicLink(nano.At("base", "again"), nano.At("base"));
        Directory.CreateSymbolicLink(nano.At("base", "outside"), Path.GetTempPath());

        Assert.True(ModelCheck.Run(nano.Folder, Stop).IsSound);
        Assert.Equal(ModelManifest.Load(nano.Folder).Base.Sha256, PartHash.Of(nano.At("base"), cancellationToken: Stop));
    }

    [Theory]
    [InlineData("{", "is no JSON: what stands at line 1, byte 2 does not belong there")]
    [InlineData("""{"name": "x", "base": {"path": "b", "sha256": ""}, "unknown": 1}""", "unknown")]
    public void A_manifest_that_is_none_is_one_fault(string manifest, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "healthgpt.json"), manifest);

        Assert.Contains(said, Assert.Single(ModelCheck.Run(folder.Path, Stop).Faults).Found, StringComparison.Ordinal);
    }

    [Theory, InlineData("\"rank\": 16", "\"rank\": \"x\"", "has rank = \"x\""), InlineData("\"experts\": 4", "\"experts\": 5", "has rank 16 and 5 experts")]
    public void A_plugin_folder_by_itself_is_no_sounder_than_its_card(string text, string instead, string said)
    {
        using var nano = new SyntheticNano();
        Assert.True(ModelCheck.Run(nano.At("plugins", "vqa"), Stop).IsSound);
        Replace(nano.At("plugins", "vqa", "plugin.json"), text, instead);

        Assert.Contains(said, Assert.Single(ModelCheck.Run(nano.At("plugins", "vqa"), Stop).Faults).Found, StringComparison.Ordinal);
    }

    private static Tensor Damaged(Tensor tensor, long at, params double[] values)
    {
        for (var i = 0; i < values.Length; i++) tensor[at + i] = torch.tensor(values[i], tensor.dtype);
        return tensor;
    }

    private static void Replace(string file, string old, string with)
    {
        var text = File.ReadAllText(file);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(old, with, StringComparison.Ordinal));
    }
}
