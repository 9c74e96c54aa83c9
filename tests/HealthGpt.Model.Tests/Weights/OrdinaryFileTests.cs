using System.Diagnostics;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Weights;
using TorchSharp;

namespace HealthGpt.Model.Tests.Weights;

public sealed class OrdinaryFileTests
{
    private const string Refusal = "it has no bytes: it is empty, or a pipe or device instead of an ordinary file";

    [Theory]
    [InlineData("base/model.safetensors"), InlineData("base/config.json"), InlineData("vision_tower/preprocessor_config.json"), InlineData("image_tokenizer/model.yaml")]
    [InlineData("tokenizer/byte_tokenizer.json"), InlineData("fusion.safetensors"), InlineData("plugins/vqa/plugin.json"), InlineData("plugins/vqa/plugin.safetensors"), InlineData("healthgpt.json")]
    public void A_named_pipe_is_refused_and_never_waited_for(string path)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("named pipes are no files there");
        using var nano = new SyntheticNano();
        File.Delete(nano.At(path));
        MakePipe(nano.At(path));

        Assert.Contains(ModelCheck.Run(nano.Folder, TestContext.Current.CancellationToken).Faults, fault => fault.File == nano.At(path) && fault.Found.Contains(Refusal, StringComparison.Ordinal));
        if (!path.StartsWith("plugins", StringComparison.Ordinal))
            Assert.Throws<WeightFileException>(() => HealthGptModel.Load(nano.Folder, torch.ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_link_to_an_ordinary_file_is_one()
    {
        using var nano = new SyntheticNano();
        var before = PartHash.Of(nano.At("base"), cancellationToken: TestContext.Current.CancellationToken);
        File.Move(nano.At("base", "model.safetensors"), nano.At("blob"));
        File.CreateSymbolicLink(nano.At("base", "model.safetensors"), "../blob");
        File.Move(nano.At("base", "config.json"), nano.At("config"));
        File.CreateSymbolicLink(nano.At("base", "config.json"), nano.At("config"));

        Assert.Equal(before, PartHash.Of(nano.At("base"), cancellationToken: TestContext.Current.CancellationToken));
        Assert.True(ModelCheck.Run(nano.Folder, TestContext.Current.CancellationToken).IsSound);
    }

    [Fact]
    public void A_folder_of_links_is_read_through_a_link_too()
    {
        using var nano = new SyntheticNano();
        var blobs = Directory.CreateDirectory(nano.At("hub", "blobs")).FullName;
        var snapshot = Directory.CreateDirectory(nano.At("hub", "snapshots", "abc")).FullName;
        foreach (var file in Directory.GetFiles(nano.At("base")))
        {
            File.Move(file, Path.Combine(blobs, Path.GetFileName(file)));
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), $"../../blobs/{Path.GetFileName(file)}");
            // Where a path that is only rewritten would lead.
            Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(nano.Folder)!, "blobs"));
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(nano.Folder)!, "blobs", Path.GetFileName(file)), "another file");
        }

        Directory.Delete(nano.At("base"));
        Directory.CreateSymbolicLink(nano.At("base"), "hub/snapshots/abc");

        Assert.Empty(ModelCheck.Run(nano.Folder, TestContext.Current.CancellationToken).Faults);
        using var model = HealthGptModel.Load(nano.Folder, torch.ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_model_whose_parts_lie_beside_it_is_the_same_through_a_link()
    {
        using var nano = new SyntheticNano();
        using var elsewhere = new TemporaryFolder();
        File.Move(nano.At("fusion.safetensors"), Path.Combine(Path.GetDirectoryName(nano.Folder)!, "fusion.safetensors"));
        var manifest = ModelManifest.Load(nano.Folder);
        (manifest with { Fusion = manifest.Fusion! with { Path = "../fusion.safetensors" } }).Save(nano.Folder);
        var link = Path.Combine(elsewhere.Path, "latest");
        Directory.CreateSymbolicLink(link, nano.Folder);

        Assert.Empty(ModelCheck.Run(link, TestContext.Current.CancellationToken).Faults);
        using var model = HealthGptModel.Load(link, torch.ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        // What is made of it from there names its parts where they are.
        ModelFolderWriter.Write(Path.Combine(elsewhere.Path, "trained"), model, model.Vocabulary, [], "job", 1);
        Assert.Empty(ModelCheck.Run(Path.Combine(elsewhere.Path, "trained"), TestContext.Current.CancellationToken).Faults);
        Directory.CreateSymbolicLink(Path.Combine(elsewhere.Path, "runs"), Path.GetDirectoryName(nano.Folder)!);
        ModelFolderWriter.Write(Path.Combine(elsewhere.Path, "runs", "one", "trained"), model, model.Vocabulary, [], "job", 1);
        Assert.Empty(ModelCheck.Run(Path.Combine(Path.GetDirectoryName(nano.Folder)!, "one", "trained"), TestContext.Current.CancellationToken).Faults);
    }

    [Fact]
    public void Characters_that_turn_or_break_a_line_are_not_shown() =>
        Assert.Equal("a?b?c?d?e\u00e9\U0001f600?", WeightFileException.Printable("a\u202eb\u2028c\u2029d\u001be\u00e9\U0001f600\U000e0041"));

    private static void MakePipe(string path)
    {
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }
}
