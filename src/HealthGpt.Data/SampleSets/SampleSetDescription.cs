namespace HealthGpt.Data.SampleSets;

/// <summary>The files that describe the Colin27 set: what it is, where it is from, how a job reads it.</summary>
internal static class SampleSetDescription
{
    public static IEnumerable<(string Name, string Text)> Files(Colin27Options options) =>
        [("dataset.yaml", Dataset), ("README.md", Readme(options)), ("LICENSE-colin27", Resource("LICENSE-colin27"))];

    private static string Resource(string name)
    {
        using var stream = typeof(SampleSetDescription).Assembly.GetManifestResourceStream($"HealthGpt.Data.SampleSets.{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private const string Dataset = """
        # T1 slices of one head (Colin27). Every line of the sample files says which split it belongs to.
        sources:
          - { samples: vqa.jsonl, root: images/, task: vqa, weight: 1.0, split: split }
          - { samples: report.jsonl, root: images/, task: report, weight: 1.0, split: split }
          - { samples: reconstruction.jsonl, root: images/, task: reconstruction, weight: 1.0, split: split }
          - { samples: super-resolution.jsonl, root: images/, task: super-resolution, weight: 1.0, split: split }
          - { samples: skull-stripping.jsonl, root: images/, task: skull-stripping, weight: 1.0, split: split }
          - { samples: report-to-slice.jsonl, root: images/, task: report-to-slice, weight: 1.0, split: split }
        tasks:
          vqa:              { kind: comprehension }
          report:           { kind: comprehension, prompt: "Describe this slice." }
          reconstruction:   { kind: generation, prompt: "Reconstruct." }
          super-resolution: { kind: generation, prompt: "Upsample it." }
          skull-stripping:  { kind: generation, prompt: "Strip skull." }
          report-to-slice:  { kind: generation }

        """;

    private static string Readme(Colin27Options options)
    {
        var slabs = Colin27SampleSet.Slabs.Select(slab =>
            $"| {slab.Plane.ToString().ToLowerInvariant()} | {SliceGeometry.Names[SliceGeometry.Normal(slab.Plane)]} | {slab.From} to {slab.To} mm | {slab.BlankFrom} to {slab.BlankTo} mm |");
        return Resource("README.md")
            .Replace("{slabs}", string.Join('\n', slabs), StringComparison.Ordinal)
            .Replace("{structures}", string.Join(", ", Structure.All.Select(structure => structure.Name)), StringComparison.Ordinal)
            .Replace("{visibleFrom}", $"{Structure.VisibleFrom}", StringComparison.Ordinal)
            .Replace("{absentUpTo}", $"{Structure.AbsentUpTo}", StringComparison.Ordinal)
            .Replace("{trainSpacing}", $"{options.TrainSpacing}", StringComparison.Ordinal)
            .Replace("{validationSpacing}", $"{options.ValidationSpacing}", StringComparison.Ordinal)
            .Replace("{margin}", $"{HeldOutSlab.Margin}", StringComparison.Ordinal);
    }
}
