using System.Globalization;
using System.Text.RegularExpressions;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Storage.Files;
using HealthGpt.Training.Jobs;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's job, or the user's: what the file leaves out is fitted to this machine and this run, what it states stays.</summary>
internal sealed partial record DemoJob(TrainingJob Job, JobSubmission Submission)
{
    private const string Resource = "HealthGpt.Cli.Demo.demo.yaml";
    private const int DefaultWorkers = 2;

    /// <exception cref="JobFileException">The file is missing or wrong; all its problems are listed.</exception>
    public static DemoJob Read(DemoOptions options, DemoFiles files, IReadOnlyList<string> searched)
    {
        var source = options.JobFile ?? "the demo's job";
        var root = Parse(options.JobFile is null ? Template() : TrainingJob.TextOf(options.JobFile), source);
        Fill(root, "name", () => "demo");
        Fill(root, "model", () => DemoAssets.ModelFolder(searched));
        Fill(root, "data", () => DemoAssets.DatasetFile(searched));
        Fill(root, "precision", () => CpuFeatures.HasFastBFloat16() ? "bfloat16" : "float32");
        FillWorkers(root, options.Workers);
        FillCheckpoints(root, files);

        var yaml = Text(root);
        var folder = options.JobFile is null ? files.Run : Path.GetDirectoryName(options.JobFile)!;
        var job = Parsed(yaml, folder, source);
        Demand(job, source);
        return new DemoJob(job, new JobSubmission { Yaml = yaml, BaseFolder = folder });
    }

    private static void Fill(YamlMappingNode root, string key, Func<YamlNode> value)
    {
        if (!root.Children.ContainsKey(key))
            root.Children[key] = value();
    }

    /// <summary>What the command line says goes before what the file says.</summary>
    private static void FillWorkers(YamlMappingNode root, int? asked)
    {
        if (asked is not null)
            root.Children.Remove("workers");
        Fill(root, "workers", () => new YamlMappingNode("min", "1", "max", (asked ?? DefaultWorkers).ToString(CultureInfo.InvariantCulture)));
    }

    private static void FillCheckpoints(YamlMappingNode root, DemoFiles files)
    {
        Fill(root, "checkpoints", () => new YamlMappingNode());
        if (root.Children["checkpoints"] is YamlMappingNode policy)
            Fill(policy, "to", () => files.Checkpoints);
    }

    private static TrainingJob Parsed(string yaml, string folder, string source)
    {
        try
        {
            return TrainingJob.Parse(yaml, folder);
        }
        catch (JobFileException wrong)
        {
            // Its lines are those of the text with what was filled in, which nobody has written.
            throw new JobFileException(source, [.. wrong.Problems.Select(problem => LineNumber().Replace(problem, ""))]);
        }
    }

    /// <summary>What only the demo needs of a job.</summary>
    private static void Demand(TrainingJob job, string source)
    {
        var problems = new List<string>();
        if (job.Workers.Min > DemoOptions.Silos)
            problems.Add($"workers.min: '{job.Workers.Min}' must be at most {DemoOptions.Silos}, the demo's processes with one device each");
        if (job.Device.Kind != "cpu")
            problems.Add($"device.kind: '{job.Device.Kind}' must be cpu, the kind of the demo's devices");
        if (job.Phases.All(phase => phase.Stage != Stages.Instruction))
            problems.Add("stages: an instruction stage is missing; the demo serves the tasks that it trains");
        if (problems.Count > 0)
            throw new JobFileException(source, problems);
    }

    private static string Template()
    {
        using var stream = typeof(DemoJob).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static YamlMappingNode Parse(string yaml, string source)
    {
        try
        {
            if (YamlText.Parse(new StringReader(yaml)).Documents is [{ RootNode: YamlMappingNode root }])
                return root;
            throw new JobFileException(source, ["it must be one YAML document of keys and values"]);
        }
        catch (YamlException exception)
        {
            throw new JobFileException(source, [$"line {exception.Start.Line}: it must be YAML; {exception.Message}"]);
        }
    }

    private static string Text(YamlMappingNode root)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
        return writer.ToString();
    }

    [GeneratedRegex("^line [0-9]+: ")]
    private static partial Regex LineNumber();
}
