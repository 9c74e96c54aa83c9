using System.Globalization;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's job file, fitted to this machine and this run.</summary>
internal sealed record DemoJob(TrainingJob Job, JobSubmission Submission)
{
    private const string Resource = "HealthGpt.Cli.Demo.demo.yaml";

    public static DemoJob Compose(DemoOptions options, DemoAssets assets, DemoFolder folder)
    {
        var source = options.JobFile ?? "the demo's job";
        var root = Parse(options.JobFile is null ? Template() : File.ReadAllText(options.JobFile), source);
        root.Children["model"] = assets.ModelFolder;
        root.Children["data"] = assets.DatasetFile;
        root.Children["precision"] = CpuFeatures.HasFastBFloat16() ? "bfloat16" : "float32";
        root.Children["workers"] = new YamlMappingNode("min", "1", "max", options.Workers.ToString(CultureInfo.InvariantCulture));
        if (root.Children.TryGetValue("checkpoints", out var checkpoints) && checkpoints is YamlMappingNode policy)
            policy.Children["to"] = folder.Checkpoints;
        else
            root.Children["checkpoints"] = new YamlMappingNode("to", folder.Checkpoints);

        var yaml = Text(root);
        File.WriteAllText(Path.Combine(folder.Run, "job.yaml"), yaml);
        return new DemoJob(TrainingJob.Parse(yaml, folder.Run), new JobSubmission { Yaml = yaml, BaseFolder = folder.Run });
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
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }])
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
}
