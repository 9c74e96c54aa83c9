using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HealthGpt.Collectives;
using HealthGpt.Data.Samples;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Presets;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;

namespace HealthGpt.Training.Jobs;

/// <summary>A job file with every value effective: what was left out has its default.</summary>
public sealed record TrainingJob
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute folder of the model that is trained.</summary>
    public required string Model { get; init; }

    /// <summary>The checkpoint of another job whose weights this one starts from; null to start from the model.</summary>
    public ArtifactAddress? Start { get; init; }

    /// <summary>Absolute path of the dataset file.</summary>
    public required string Data { get; init; }

    /// <summary>Which defaults fill in what the file leaves out.</summary>
    public required ModelPreset Preset { get; init; }

    /// <summary>Root of all random numbers.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many workers it runs on.</summary>
    public WorkerCount Workers { get; init; } = new(1, 1);

    /// <summary>The device of each worker.</summary>
    public DeviceChoice Device { get; init; } = new("cpu", 1);

    /// <summary>What carries gradients and state between workers; no bit of the result depends on it.</summary>
    public Transport Transport { get; init; }

    /// <summary>Whether TLS protects what workers send each other over TCP; no bit of the result depends on it.</summary>
    public Encryption Encryption { get; init; }

    /// <summary>Number format of the arithmetic.</summary>
    public ComputePrecision Precision { get; init; } = ComputePrecision.BFloat16;

    /// <summary>Whether the optimizer's state is sharded over the workers; no bit of the result depends on it.</summary>
    public ZeroChoice Zero { get; init; }

    /// <summary>Logical shards of a global batch.</summary>
    public int Shards { get; init; } = 4;

    /// <summary>Rows of one forward pass.</summary>
    public int MicroBatch { get; init; } = 2;

    /// <summary>Whether the activations of decoder blocks are computed again in the backward pass instead of kept; no bit of the result depends on it.</summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Longest sample in tokens, image patches included.</summary>
    public int MaxSequence { get; init; } = 2048;

    /// <summary>Where and how often checkpoints are written.</summary>
    public required CheckpointPolicy Checkpoints { get; init; }

    /// <summary>What happens to a sample that cannot be used.</summary>
    public BadSamplePolicy OnBadSample { get; init; }

    /// <summary>The share of the job's samples, from 0 to 1, that may be left out before it stops.</summary>
    public double MaxBadSamples { get; init; } = 0.05;

    /// <summary>What happens to a step whose loss or gradient is infinite or not a number.</summary>
    public NonFinitePolicy OnNonFinite { get; init; }

    /// <summary>AdamW's numbers.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>Size of comprehension plugins.</summary>
    public required HLoraSettings ComprehensionHLora { get; init; }

    /// <summary>Size of generation plugins.</summary>
    public required HLoraSettings GenerationHLora { get; init; }

    /// <summary>The curriculum in order.</summary>
    public required IReadOnlyList<JobPhase> Phases { get; init; }

    /// <summary>Steps of all phases.</summary>
    public long TotalSteps => Phases.Sum(phase => (long)phase.Steps);

    /// <summary>Reads a job file.</summary>
    /// <param name="path">The file; relative paths in it are relative to its folder.</param>
    /// <param name="demandParts">Whether model, dataset and start must be there and fit, and the device must be one that is trained on.</param>
    /// <param name="device">The kind of device in place of the file's; left out, the file's.</param>
    /// <param name="cancellationToken">Stops the look at places in Azure Blob Storage.</param>
    /// <returns>The job.</returns>
    /// <exception cref="JobFileException">The file is missing or wrong; all problems are listed.</exception>
    public static TrainingJob Load(string path, bool demandParts = false, string? device = null, CancellationToken cancellationToken = default)
    {
        var full = Path.GetFullPath(path);
        return JobFileReader.Read(TextOf(path), Path.GetDirectoryName(full)!, Path.GetFileName(full), demandParts ? StorageAccess.FromEnvironment : null, device, cancellationToken);
    }

    /// <summary>Takes the text of a job file as it is, where it must be read once and used twice.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The text, for <see cref="Parse"/>.</returns>
    /// <exception cref="JobFileException">The file is missing or cannot be a job file.</exception>
    public static string TextOf(string path)
    {
        try
        {
            using var file = OrdinaryFile.OpenRead(path);
            // Another file than was meant, such as one of weights, may be larger than memory.
            if (file.Length > YamlText.Longest) throw new IOException($"it has {file.Length} bytes, and a job file at most {YamlText.Longest}");
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JobFileException(path, [$"the file cannot be read: {error.Message.TrimEnd('.')}. Name an existing job file."]);
        }
    }

    /// <summary>Reads the text of a job file.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="baseFolder">The folder its relative paths start from.</param>
    /// <param name="source">What the problems are said to be in.</param>
    /// <returns>The job.</returns>
    /// <exception cref="JobFileException">The text is wrong; all problems are listed.</exception>
    public static TrainingJob Parse(string yaml, string baseFolder, string source = "the job file") => JobFileReader.Read(yaml, Path.GetFullPath(baseFolder), source);

    /// <summary>The job as a job file that states every value; reading it gives this job again, wherever it lies.</summary>
    /// <returns>YAML.</returns>
    public string ToYaml() => YamlDocument.Write(JobFileWriter.Write(this));

    /// <summary>The same job file as JSON, which is YAML too.</summary>
    /// <returns>One object with the keys of a job file.</returns>
    public JsonObject ToJson() => JobFileWriter.Write(this);

    /// <summary>Demands that a dataset has the tasks that the job trains on.</summary>
    /// <param name="tasks">The dataset's tasks.</param>
    /// <exception cref="JobFileException">It has not what a phase needs; all such phases are listed.</exception>
    public void DemandTasks(IReadOnlyDictionary<string, TaskDefinition> tasks) => PhaseTasks.Resolve(this, tasks);

    /// <summary>Looks what phases of the job need that its dataset does not have, without reading samples.</summary>
    /// <returns>The problems by phase; none where the dataset itself is not there or wrong, which is told where it is loaded.</returns>
    public IReadOnlyList<string> FindTaskProblems() => File.Exists(Data) && Dataset.FindTasks(Data) is { } tasks ? PhaseTasks.Problems(this, tasks) : [];

    /// <summary>Looks whether the checkpoint that the job starts from fits it, as far as folders of this machine tell.</summary>
    /// <returns>The rule that <see cref="Start"/> breaks, to follow it in a message; null where it breaks none, or the job has checkpoints of its own to go on from.</returns>
    public string? FindStartProblem() => StartCheckpoint.ProblemOf(this, null, CancellationToken.None);

    /// <summary>Stage, phase and step within the phase of a global step.</summary>
    /// <param name="step">Steps already committed.</param>
    /// <returns>The phase that the next step belongs to and the steps of it already done; null when the job is done.</returns>
    public (JobPhase Phase, int Done)? PositionAt(long step)
    {
        foreach (var phase in Phases)
        {
            if (step < phase.Steps) return (phase, (int)step);
            step -= phase.Steps;
        }

        return null;
    }

    /// <summary>SHA-256 of everything in the job that its result depends on: not its name, its workers, their transport, its encryption or its checkpoints.</summary>
    /// <returns>Lower-case hexadecimal.</returns>
    public string Digest()
    {
        var text = new StringBuilder();
        text.Append(FormattableString.Invariant($"{Seed};{Device};{Precision};{Shards};{MicroBatch};{MaxSequence};{OnBadSample};{Optimizer};{ComprehensionHLora};{GenerationHLora}"));
        foreach (var phase in Phases)
            text.Append('\n').Append(phase with { Tasks = null }).Append(string.Join(',', phase.Tasks ?? []));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
