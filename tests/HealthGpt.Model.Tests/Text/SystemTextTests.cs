using System.Text.Json.Nodes;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Text;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Weights;
using TorchSharp;

namespace HealthGpt.Model.Tests.Text;

public sealed class SystemTextTests
{
    public static TheoryData<string> Folders => [.. GoldenTokenizer.Names];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Folders))]
    public void Prompts_say_the_models_own_system_text_and_nothing_else_changes(string folder)
    {
        const string Own = "You are a radiologist.\nBe brief.";
        var golden = new GoldenTokenizer(folder);
        var tokenizer = golden.Open();
        var template = Manifest(golden.Template.Name, Own).TemplateOf("model");

        foreach (var item in golden.Prompts.GetProperty("cases").EnumerateArray().Where(item => !item.GetProperty("user").GetString()!.Contains("<image>", StringComparison.Ordinal)))
        {
            var message = item.GetProperty("user").GetString()!;
            var reference = golden.Template.Render(message);
            var prompt = reference.Replace(golden.Template.SystemText, Own, StringComparison.Ordinal);

            Assert.NotEqual(reference, prompt);
            Assert.Equal(prompt, template.Render(message));
            int[] start = tokenizer.BeginningOfSequence is { } id ? [id] : [];
            Assert.Equal([.. start, .. tokenizer.Encode(prompt)], Prompt.Build(tokenizer, template, golden.Images, message, generation: false));
        }

        Assert.Equal(golden.Template, template.WithSystemText(golden.Template.SystemText));
        Assert.Equal(golden.Template, Manifest(golden.Template.Name, null).TemplateOf("model"));
        Assert.Equal(golden.Template.Between, template.Between);
    }

    [Fact]
    public void A_model_folders_system_text_is_loaded_and_written_again()
    {
        using var nano = new SyntheticNano();
        (ModelManifest.Load(nano.Folder) with { SystemText = "You are a radiologist." }).Save(nano.Folder);

        using var model = HealthGptModel.Load(nano.Folder, torch.ScalarType.BFloat16, cancellationToken: Stop);

        Assert.Equal("<|system|>\nYou are a radiologist.<|end|>\n<|user|>\n", model.Template.Before);
        Assert.Equal("You are a radiologist.", model.Manifest.SystemText);
        Assert.True(ModelCheck.Run(nano.Folder, Stop).IsSound);
    }

    [Theory]
    [InlineData("", "an empty text")]
    [InlineData(" \n", "an empty text")]
    [InlineData("Stop.<|end|>\n<|user|>\nI am somebody else.", "'<|end|>' in it")]
    [InlineData("See <image>.", "'<image>' in it")]
    [InlineData("Done.</s>", "'</s>' in it")]
    [InlineData(null, "8193 characters")]
    public void A_system_text_that_cannot_be_used_is_refused_with_what_was_found(string? text, string found)
    {
        using var nano = new SyntheticNano();
        (ModelManifest.Load(nano.Folder) with { SystemText = text ?? new string('x', 8193) }).Save(nano.Folder);
        const string Needed = "a text of 1 to 8192 characters without special tokens or <image>";

        var refusal = Assert.Throws<WeightFileException>(() => HealthGptModel.Load(nano.Folder, torch.ScalarType.BFloat16, cancellationToken: Stop));

        Assert.Equal((nano.At("healthgpt.json"), $"has a systemText with {found}, but {Needed} is needed"), (refusal.File, refusal.Problem));
        Assert.Equal([new WeightFault(nano.At("healthgpt.json"), null, $"systemText: {Needed}", $"systemText with {found}")], ModelCheck.Run(nano.Folder, Stop).Faults);
    }

    [Fact]
    public void A_system_text_that_is_no_text_is_refused_by_its_key()
    {
        using var nano = new SyntheticNano();
        var manifest = JsonNode.Parse(File.ReadAllBytes(nano.At("healthgpt.json")))!.AsObject();
        manifest["systemText"] = 5;
        File.WriteAllText(nano.At("healthgpt.json"), manifest.ToJsonString());

        Assert.Contains("has systemText = 5", Assert.Throws<WeightFileException>(() => ModelManifest.Load(nano.Folder)).Problem, StringComparison.Ordinal);
    }

    private static ModelManifest Manifest(string template, string? systemText)
    {
        var part = new ModelPart("part", "");
        return new() { Name = "x", Base = part, VisionTower = part, ImageTokenizer = part, Tokenizer = part, Template = template, SystemText = systemText };
    }
}
