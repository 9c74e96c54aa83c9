using System.Text.RegularExpressions;
using HealthGpt.Model.Presets;
using HealthGpt.Training.Schedules;

namespace HealthGpt.Training.Jobs;

/// <summary>Expands the stages of a job file into phases.</summary>
internal sealed partial class StageReader(ModelPreset preset, int shards)
{
    private const double WarmupShare = 0.03;

    // A step's samples are listed in memory.
    private const int MostSamples = 1_000_000;
    private readonly List<JobPhase> _phases = [];

    private static readonly (string, ScheduleKind)[] Schedules =
    [
        ("constant", ScheduleKind.Constant), ("warmup", ScheduleKind.Warmup), ("cosine", ScheduleKind.Cosine), ("linear", ScheduleKind.Linear),
    ];

    public IReadOnlyList<JobPhase> Read(YamlSection root)
    {
        var problems = root.Problems.Count;
        foreach (var stage in root.Sections("stages")) ReadStage(stage);
        if (!root.Has("stages")) root.Missing("stages", "list at least one stage: alignment, adaptation or instruction");
        else if (_phases.Count == 0 && root.Problems.Count == problems) root.Problem("stages", "", "names no phase; give at least one stage a phase to train");
        return _phases;
    }

    private void ReadStage(YamlSection stage)
    {
        var name = stage.RequiredText("stage", "it is one of alignment, adaptation, instruction");
        var (phases, problems) = (_phases.Count, stage.Problems.Count);
        ScheduleKind? schedule = stage.Has("schedule") ? stage.Choice("schedule", ScheduleKind.Warmup, Schedules) : null;
        switch (name)
        {
            case Stages.Alignment:
                stage.Choice("order", "one-after-other", ("one-after-other", "one-after-other"));
                ReadPhase(stage, name, Stages.Comprehension, schedule);
                ReadPhase(stage, name, Stages.Generation, schedule);
                break;
            case Stages.Adaptation:
                ReadPhase(stage, name, Stages.Mixed, schedule);
                break;
            case Stages.Instruction:
                ReadTasks(stage, schedule);
                break;
            case "":
                return;
            default:
                stage.Problem("stage", name, "must be one of alignment, adaptation, instruction");
                return;
        }

        stage.Text("schedule");
        stage.RefuseUnknownKeys();
        if (_phases.Count == phases && stage.Problems.Count == problems)
            stage.Problem("stage", name, $"trains nothing; give it {WhatIsIn(name)}, or leave the stage out");
    }

    private static string WhatIsIn(string stage) => stage switch
    {
        Stages.Alignment => $"{Stages.Comprehension}, {Stages.Generation} or both",
        Stages.Adaptation => Stages.Mixed,
        _ => "at least one of the dataset's tasks under tasks",
    };

    private void ReadTasks(YamlSection stage, ScheduleKind? schedule)
    {
        var tasks = stage.Section("tasks");
        if (tasks is null)
        {
            if (!stage.Has("tasks")) stage.Missing("tasks", "name the tasks to train a plugin for");
            return;
        }

        foreach (var task in tasks.Names())
        {
            if (!TaskPattern().IsMatch(task)) tasks.Problem(task, task, "must be a task name of lower-case letters, digits and hyphens");
            ReadPhase(tasks, Stages.Instruction, task, schedule);
        }
    }

    private void ReadPhase(YamlSection parent, string stage, string name, ScheduleKind? stageSchedule)
    {
        var section = parent.Section(name);
        if (section is null) return;
        if (_phases.Any(phase => phase.Stage == stage && phase.Name == name))
        {
            parent.Problem(name, $"{stage}/{name}", "is there twice; each phase can be in a job once");
            return;
        }

        var defaults = PresetDefaults.For(preset, stage, name);
        var steps = Required(section, "steps", defaults.Steps, 1);
        var batch = Required(section, "batch", defaults.Batch, 1, MostSamples);
        if (batch < shards)
            section.Problem("batch", $"{batch}", $"must be at least shards, which is {shards}: each shard needs a sample");
        var schedule = section.Choice("schedule", stageSchedule ?? defaults.Schedule, Schedules);
        _phases.Add(new JobPhase
        {
            Index = _phases.Count,
            Stage = stage,
            Name = name,
            Steps = steps,
            Batch = batch,
            LearningRates = ReadRates(section, stage, defaults),
            Schedule = schedule,
            WarmupSteps = section.Whole("warmupSteps", Math.Max(1, (int)(steps * WarmupShare)), 1, Math.Max(1, steps)),
            Dropout = section.Number("dropout", defaults.Dropout, value => value is >= 0 and < 1, "a number from 0 to below 1")!.Value,
            Tasks = stage == Stages.Instruction ? null : section.Texts("tasks"),
            Ratio = stage == Stages.Adaptation ? ReadRatio(section) : null,
        });
        section.RefuseUnknownKeys();
    }

    private static int Required(YamlSection section, string key, int? fallback, int least, int most = int.MaxValue)
    {
        if (section.Has(key) || fallback is not null) return section.Whole(key, fallback ?? least, least, most);
        section.Whole(key, least, least, most);
        section.Missing(key, "there is no published default for it, so give a whole number of at least 1");
        return least;
    }

    private static LearningRates ReadRates(YamlSection section, string stage, PresetDefaults.Phase defaults)
    {
        const string Rule = "a number from 0 to 1";
        static bool Allowed(double value) => value is >= 0 and <= 1;
        if (section.IsScalar("learningRate"))
        {
            var rate = section.Number("learningRate", 0, Allowed, Rule);
            return new LearningRates
            {
                Adapter = defaults.Adapter is null ? null : rate,
                HLora = defaults.HLora is null ? null : rate,
                Vocabulary = defaults.Vocabulary is null ? null : rate,
            };
        }

        var rates = section.Section("learningRate");
        double? Rate(string key, double? fallback) => fallback is null || rates is null ? fallback : rates.Number(key, fallback, Allowed, Rule);
        var read = new LearningRates
        {
            // The paper's table has a rate for adapters in this stage, its text freezes them: they are trained where they are asked for.
            Adapter = stage == Stages.Adaptation ? rates?.Number("adapter", null, Allowed, Rule) : Rate("adapter", defaults.Adapter),
            HLora = Rate("hlora", defaults.HLora),
            Vocabulary = Rate("vocabulary", defaults.Vocabulary),
        };
        // What the phase freezes was never asked for, so it is refused here as an unknown key.
        rates?.RefuseUnknownKeys();
        return read;
    }

    private static MixRatio ReadRatio(YamlSection section)
    {
        var text = section.Text("ratio");
        if (text is null) return new MixRatio(1, 1);
        var parts = text.Split(':');
        if (parts.Length == 2 && int.TryParse(parts[0], out var comprehension) && int.TryParse(parts[1], out var generation)
            && comprehension is > 0 and <= 1000 && generation is > 0 and <= 1000)
            return new MixRatio(comprehension, generation);
        section.Problem("ratio", text, "must be two whole numbers from 1 to 1000, comprehension:generation, such as 1:1");
        return new MixRatio(1, 1);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex TaskPattern();
}
