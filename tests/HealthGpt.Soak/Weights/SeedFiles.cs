using System.Text;
using static TorchSharp.torch;

namespace HealthGpt.Soak.Weights;

/// <summary>The good files: each form, element type and peculiarity once.</summary>
internal static class SeedFiles
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool,
    ];

    public static IReadOnlyList<SeedFile> Make()
    {
        var random = new Random(1);
        SavedTensor[] types = [.. Types.Select((type, at) => SavedTensor.Random(random, $"layer.{at}.weight", type, 3, at + 1)), SavedTensor.Random(random, "scalar", ScalarType.Float32), SavedTensor.Random(random, "none", ScalarType.Float32, 0, 4)];
        SavedTensor[] many = [.. Enumerable.Range(0, 150).Select(at => SavedTensor.Random(random, $"base_model.model.model.layers.{at}.mlp.down_proj.lora_A.weight", ScalarType.Float32, 2, 4))];
        return
        [
            Safetensors("safetensors: every type", types), Safetensors("safetensors: many tensors", many), Safetensors("safetensors: empty", []),
            Archive("archive: every type", types, TorchPickle.StateDict(types)), Archive("archive: many tensors", many, TorchPickle.StateDict(many)),
            Archive("archive: views and parameters", Views(random), TorchPickle.StateDict(Views(random), protocol: 4)), Archive("archive: Lightning", types, TorchPickle.Lightning(types)),
            Archive64("archive: zip64 directory", types),
            Legacy("legacy: every type", types, TorchPickle.StateDict(types, legacy: true)), Legacy("legacy: views and parameters", Views(random), TorchPickle.StateDict(Views(random), legacy: true)),
            Legacy("legacy: Lightning", types, TorchPickle.Lightning(types, legacy: true)),
        ];
    }

    /// <summary>A file of torch.save or safetensors from disk.</summary>
    public static SeedFile Load(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return new SeedFile(Path.GetFileName(path), bytes, bytes, changed => changed);
    }

    /// <summary>Transposed, sliced, tied and parameter tensors of one storage.</summary>
    private static SavedTensor[] Views(Random random)
    {
        var whole = SavedTensor.Random(random, "whole", ScalarType.Float32, 6, 4) with { IsParameter = true };
        return
        [
            whole, whole with { Name = "transposed", Shape = [4, 6], Strides = [1, 4] }, whole with { Name = "rows", Shape = [2, 4], Offset = 8 },
            whole with { Name = "column", Shape = [6], Strides = [4], Offset = 2, IsParameter = false },
        ];
    }

    private static SeedFile Safetensors(string name, SavedTensor[] tensors)
    {
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        var offset = 0;
        foreach (var tensor in tensors)
        {
            header.Append(System.Globalization.CultureInfo.InvariantCulture,
                $",\"{tensor.Name}\":{{\"dtype\":\"{NameOf(tensor.Type)}\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{offset},{offset += tensor.Elements.Length}]}}");
        }

        var description = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        var data = tensors.SelectMany(tensor => tensor.Elements).ToArray();
        return new SeedFile(name, SafetensorsBytes.Of(description, data), description, changed => SafetensorsBytes.Of(changed, data));
    }

    private static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => "F64",
        ScalarType.Float32 => "F32",
        ScalarType.Float16 => "F16",
        ScalarType.BFloat16 => "BF16",
        ScalarType.Byte => "U8",
        ScalarType.Bool => "BOOL",
        _ => $"I{8 * SavedTensor.BytesOf(type)}",
    };

    private static SeedFile Archive(string name, SavedTensor[] tensors, byte[] pickle) =>
        new(name, TorchFiles.Archive(pickle, tensors), pickle, changed => TorchFiles.Archive(changed, tensors));

    private static SeedFile Archive64(string name, SavedTensor[] tensors)
    {
        var pickle = TorchPickle.StateDict(tensors);
        byte[] Write(byte[] changed) => ZipWriter.Write([.. TorchFiles.Members(changed, tensors).Select(member => member with { Zip64 = true })]);
        return new SeedFile(name, Write(pickle), pickle, Write);
    }

    private static SeedFile Legacy(string name, SavedTensor[] tensors, byte[] pickle) =>
        new(name, TorchFiles.Legacy(pickle, tensors), pickle, changed => TorchFiles.Legacy(changed, tensors));
}
