using System.Text.Json;
using HealthGpt.Data.Images;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Tests;

/// <summary>A folder with a tiny model, a tiny dataset and jobs on them.</summary>
public sealed class TinyWorld : IDisposable
{
    private const int Pictures = 6;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("healthgpt-training-");
    private int _runs;

    public TinyWorld()
    {
        TinyModel.Write(Path.Combine(Root, "model"));
        WritePictures();
        WriteSamples("vqa", index => (["p" + index], "<image>\nIs it bright?", index % 2 == 0 ? "yes" : "no, not at all"));
        WriteSamples("report", index => (["p" + index], "<image>\nDescribe.", $"Picture {index}."));
        WriteSamples("reconstruction", index => (["p" + index], "<image>\nRebuild.", $"p{index}.png"));
        WriteSamples("super-resolution", index => (["p" + index, "p0"], "<image><image>\nSharpen.", $"p{(index + 1) % Pictures}.png"));
        File.WriteAllText(Path.Combine(Root, "dataset.yaml"), """
            sources:
              - { samples: vqa.jsonl, root: images/, task: vqa, split: train }
              - { samples: report.jsonl, root: images/, task: report, split: train }
              - { samples: reconstruction.jsonl, root: images/, task: reconstruction, split: train }
              - { samples: super-resolution.jsonl, root: images/, task: super-resolution, split: train }
            tasks:
              vqa: { kind: comprehension }
              report: { kind: comprehension }
              reconstruction: { kind: generation }
              super-resolution: { kind: generation, prompt: "Sharpen." }
            """);
    }

    public string Root => _root.FullName;

    public string CacheFolder => Path.Combine(Root, "cache");

    public string NewRunFolder() => Path.Combine(Root, "runs", $"{++_runs}");

    /// <summary>Three steps or so of every phase.</summary>
    public TrainingJob Job(string? runFolder = null, string precision = "bfloat16", string extra = "") =>
        TrainingJob.Parse(Yaml(runFolder ?? NewRunFolder(), precision, extra), Root);

    /// <summary>The text of such a job.</summary>
    public static string Yaml(string checkpoints, string precision = "bfloat16", string extra = "", string policy = "everySteps: 2, keep: 3") => $$"""
        name: tiny
        model: model
        data: dataset.yaml
        preset: nano
        seed: 20262
        shards: 4
        workers: { max: 3 }
        precision: {{precision}}
        checkpoints: { to: "{{checkpoints}}", {{policy}} }
        hlora: { comprehension: { rank: 4, experts: 2 }, generation: { rank: 8, experts: 4 } }
        {{extra}}
        stages:
          - stage: alignment
            comprehension: { steps: 3, batch: 5 }
            generation: { steps: 4, batch: 4, dropout: 0.05 }
          - stage: adaptation
            mixed: { steps: 2, batch: 9 }
          - stage: instruction
            tasks:
              vqa: { steps: 3, batch: 7, schedule: cosine }
              super-resolution: { steps: 3, batch: 4 }
        """;

    public void Dispose() => _root.Delete(recursive: true);

    private void WritePictures()
    {
        Directory.CreateDirectory(Path.Combine(Root, "images"));
        for (var index = 0; index < Pictures; index++)
        {
            var pixels = new byte[20 * 20 * 3];
            for (var at = 0; at < pixels.Length; at++) pixels[at] = (byte)(at * (index + 3) % 251);
            new RgbImage(20, 20, pixels).SavePng(Path.Combine(Root, "images", $"p{index}.png"));
        }
    }

    private void WriteSamples(string task, Func<int, (string[] Images, string Question, string Answer)> make)
    {
        var lines = Enumerable.Range(0, Pictures).Select(make).Select(sample => JsonSerializer.Serialize(new
        {
            image = sample.Images.Select(name => name + ".png"),
            conversations = new[] { new { from = "human", value = sample.Question }, new { from = "gpt", value = sample.Answer } },
        }));
        File.WriteAllLines(Path.Combine(Root, task + ".jsonl"), lines);
    }
}
