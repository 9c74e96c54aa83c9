using System.Text.Json.Nodes;
using HealthGpt.Collectives;
using HealthGpt.Model.HLora;
using HealthGpt.Training.Schedules;

namespace HealthGpt.Training.Jobs;

/// <summary>
/// A job as the document of a job file that states every value. Paths are absolute, so that the file means the same wherever it lies. Left out is only what has no value: a start
/// other than the model's own, a choice of tasks that the dataset makes, and checkpoints that are never kept for ever.
/// </summary>
internal static class JobFileWriter
{
    /// <summary>The job's keys in the order in which people read them.</summary>
    public static JsonObject Write(TrainingJob job) => Of(
        ("name", job.Name),
        ("model", job.Model),
        ("start", job.Start?.ToString()),
        ("data", job.Data),
        ("preset", PresetWords.Of(job.Preset)),
        ("seed", job.Seed),
        ("workers", Of(("min", job.Workers.Min), ("max", job.Workers.Max))),
        ("device", Of(("kind", job.Device.Kind), ("threads", job.Device.Threads))),
        ("transport", Word(job.Transport)),
        ("tls", job.Encryption == Encryption.Tls),
        ("zero", Word(job.Zero)),
        ("precision", job.Precision == ComputePrecision.Full ? "float32" : "bfloat16"),
        ("activationCheckpointing", job.ActivationCheckpointing),
        ("shards", job.Shards),
        ("microBatch", job.MicroBatch),
        ("maxSequence", job.MaxSequence),
        ("checkpoints", Checkpoints(job.Checkpoints)),
        ("onBadSample", job.OnBadSample == BadSamplePolicy.Skip ? "skip" : "stop"),
        ("maxBadSamples", job.MaxBadSamples),
        ("onNonFinite", Word(job.OnNonFinite)),
        ("optimizer", Optimizer(job.Optimizer)),
        ("hlora", Of(("comprehension", HLora(job.ComprehensionHLora)), ("generation", HLora(job.GenerationHLora)))),
        ("stages", Stages(job.Phases)));

    private static JsonObject Checkpoints(CheckpointPolicy policy) =>
        Of(("to", policy.To.ToString()), ("everySteps", policy.EverySteps), ("keep", policy.Keep), ("keepEvery", policy.KeepEvery));

    private static JsonObject Optimizer(OptimizerSettings settings) => Of(
        ("beta1", settings.Beta1), ("beta2", settings.Beta2), ("epsilon", settings.Epsilon), ("weightDecay", settings.WeightDecay), ("clipNorm", settings.ClipNorm));

    private static JsonObject HLora(HLoraSettings settings) => Of(("rank", settings.Rank), ("alpha", settings.Alpha), ("experts", settings.Experts));

    private static JsonArray Stages(IReadOnlyList<JobPhase> phases)
    {
        var stages = new JsonArray();
        JsonObject? entry = null;
        for (var index = 0; index < phases.Count; index++)
        {
            var phase = phases[index];
            if (index == 0 || !ShareAnEntry(phases[index - 1], phase))
            {
                entry = Entry(phase.Stage);
                stages.Add(entry);
            }

            var place = phase.Stage == Jobs.Stages.Instruction ? entry!["tasks"]!.AsObject() : entry!;
            place[phase.Name] = Phase(phase);
        }

        return stages;
    }

    // An entry of the alignment stage always has its comprehension first.
    private static bool ShareAnEntry(JobPhase before, JobPhase phase) =>
        before.Stage == phase.Stage && (phase.Stage == Jobs.Stages.Instruction || (before.Name == Jobs.Stages.Comprehension && phase.Name == Jobs.Stages.Generation));

    private static JsonObject Entry(string stage) => Of(
        ("stage", stage),
        ("order", stage == Jobs.Stages.Alignment ? "one-after-other" : null),
        ("tasks", stage == Jobs.Stages.Instruction ? new JsonObject() : null));

    private static JsonObject Phase(JobPhase phase) => Of(
        ("steps", phase.Steps),
        ("batch", phase.Batch),
        ("learningRate", Of(("adapter", phase.LearningRates.Adapter), ("hlora", phase.LearningRates.HLora), ("vocabulary", phase.LearningRates.Vocabulary))),
        ("schedule", Word(phase.Schedule)),
        ("warmupSteps", phase.WarmupSteps),
        ("dropout", phase.Dropout),
        ("ratio", phase.Ratio is { } ratio ? $"{ratio.Comprehension}:{ratio.Generation}" : null),
        ("tasks", phase.Tasks is { } tasks ? new JsonArray([.. tasks.Select(task => (JsonNode)task)]) : null));

    private static string Word(Transport transport) => transport switch
    {
        Transport.SharedMemory => "shared-memory",
        Transport.Tcp => "tcp",
        Transport.Nccl => "nccl",
        _ => "auto",
    };

    private static string Word(ZeroChoice zero) => zero switch
    {
        ZeroChoice.On => "on",
        ZeroChoice.Off => "off",
        _ => "auto",
    };

    private static string Word(NonFinitePolicy policy) => policy switch
    {
        NonFinitePolicy.Skip => "skip",
        NonFinitePolicy.RollBack => "roll-back",
        _ => "stop",
    };

    private static string Word(ScheduleKind schedule) => schedule switch
    {
        ScheduleKind.Constant => "constant",
        ScheduleKind.Cosine => "cosine",
        ScheduleKind.Linear => "linear",
        _ => "warmup",
    };

    private static JsonObject Of(params (string Key, JsonNode? Value)[] entries) =>
        new(entries.Where(entry => entry.Value is not null).Select(entry => KeyValuePair.Create(entry.Key, entry.Value)));
}
