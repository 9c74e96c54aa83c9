using HealthGpt.Collectives;
using HealthGpt.Model.HLora;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Schedules;
using Xunit;

namespace HealthGpt.Training.Tests.Jobs;

public sealed class TrainingJobTests
{
    private const string Whole = """
        name: brain-t1
        model: models/healthgpt-nano
        data: samples/dataset.yaml
        workers: { min: 1, max: 2 }
        device: { kind: cpu, threads: 1 }
        precision: bfloat16
        shards: 4
        checkpoints: { to: runs/brain-t1, everySteps: 50, keep: 3 }
        onBadSample: skip
        microBatch: 2
        stages:
          - stage: alignment
            comprehension: { steps: 100, batch: 32, learningRate: { adapter: 1e-3 } }
            generation: { steps: 100, batch: 16, learningRate: { adapter: 2e-5, hlora: 2e-4, vocabulary: 2e-4 } }
            order: one-after-other
            schedule: warmup
          - stage: adaptation
            mixed: { steps: 50, batch: 16, ratio: 2:1 }
          - stage: instruction
            tasks:
              vqa: { steps: 200, batch: 32, learningRate: 3e-4 }
              super-resolution: { steps: 200, batch: 16, schedule: cosine }
        """;

    [Fact]
    public void Reads_the_whole_curriculum_in_order()
    {
        var job = TrainingJob.Parse(Whole, "/base");

        Assert.Equal(
            ["alignment/comprehension", "alignment/generation", "adaptation/mixed", "instruction/vqa", "instruction/super-resolution"],
            job.Phases.Select(phase => phase.Id));
        Assert.Equal("/base/models/healthgpt-nano", job.Model);
        Assert.Equal("/base/runs/brain-t1", job.Checkpoints.To.ToString());
        Assert.Equal(650, job.TotalSteps);
        Assert.Equal(Transport.Auto, job.Transport);
        Assert.Equal(Encryption.Off, job.Encryption);
        Assert.Equal(Encryption.Tls, TrainingJob.Parse($"tls: true\n{Whole}", "/base").Encryption);
        Assert.Equal(new MixRatio(2, 1), job.Phases[2].Ratio);
        Assert.Equal(new LearningRates { Adapter = 3e-4, HLora = 3e-4 }, job.Phases[3].LearningRates);
        Assert.Equal(ScheduleKind.Cosine, job.Phases[4].Schedule);
        Assert.Equal((job.Phases[1], 99), job.PositionAt(199));
        Assert.Null(job.PositionAt(650));
    }

    [Fact]
    public void Reads_how_it_is_trained_and_what_of_that_the_result_depends_on()
    {
        var plain = TrainingJob.Parse(Whole, "/base");
        TrainingJob With(string keys) => TrainingJob.Parse($"{keys}\n{Whole}", "/base");

        Assert.Equal((NonFinitePolicy.Stop, ZeroChoice.Auto, false), (plain.OnNonFinite, plain.Zero, plain.ActivationCheckpointing));
        Assert.Equal(NonFinitePolicy.RollBack, With("onNonFinite: roll-back").OnNonFinite);
        Assert.Equal(plain.Digest(), With("onNonFinite: skip").Digest());
        var thrifty = With("zero: on\nactivationCheckpointing: true");
        Assert.Equal((ZeroChoice.On, true, plain.Digest()), (thrifty.Zero, thrifty.ActivationCheckpointing, thrifty.Digest()));
    }

    [Theory]
    [InlineData("models", "/base/models/model")]
    [InlineData("models/healthgpt-nano", "models/healthgpt-nano")]
    [InlineData("runs", "/base/runs/model/inner")]
    public void A_place_where_the_trained_model_would_replace_the_one_it_is_made_of_is_refused(string to, string model)
    {
        var yaml = Whole.Replace("to: runs/brain-t1", $"to: {to}", StringComparison.Ordinal).Replace("model: models/healthgpt-nano", $"model: {model}", StringComparison.Ordinal);

        var error = Assert.Throws<JobFileException>(() => TrainingJob.Parse(yaml, "/base"));

        Assert.Contains("checkpoints.to", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_batch_that_does_not_reach_all_shards_is_refused_too()
    {
        var error = Assert.Throws<JobFileException>(() => TrainingJob.Parse(
            "name: small\nmodel: healthgpt-nano\ndata: d.yaml\nshards: 8\nstages: [{ stage: alignment, generation: { steps: 2 } }]", "/base"));

        Assert.Contains("batch: '4' must be at least shards, which is 8", Assert.Single(error.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(", learningRate: { adapter: 2e-5 }")]
    public void Adapters_are_trained_in_the_second_stage_where_they_are_asked_for(string rate)
    {
        var rates = TrainingJob.Parse(Whole.Replace("ratio: 2:1", "ratio: 2:1" + rate, StringComparison.Ordinal), "/base").Phases[2].LearningRates;

        Assert.Equal(rate.Length > 0 ? 2e-5 : null, rates.Adapter);
        Assert.NotNull(rates.Vocabulary);
    }

    [Theory]
    [InlineData("azblob://account1/runs/brain t1/", "azblob://account1/runs/brain t1")]
    [InlineData("file:///data/runs", "/data/runs")]
    public void Checkpoints_go_to_any_address(string to, string expected)
    {
        var job = TrainingJob.Parse(Whole.Replace("to: runs/brain-t1, everySteps: 50, keep: 3", $"to: '{to}', everySteps: 50, keep: 3, keepEvery: 10", StringComparison.Ordinal), "/base");

        Assert.Equal((expected, 10), (job.Checkpoints.To.ToString(), job.Checkpoints.KeepEvery));
    }

    [Theory]
    [InlineData("azblob://account1", "must be azblob://ACCOUNT/CONTAINER/PATH")]
    [InlineData("s3://bucket/runs", "is an address of an unknown kind; write a path, file:PATH or azblob://ACCOUNT/CONTAINER/PATH")]
    public void An_address_that_is_none_is_refused_with_its_line(string to, string rule)
    {
        var wrong = Whole.Replace("to: runs/brain-t1, everySteps: 50, keep: 3", $"to: '{to}', keep: 0, keepEvery: -1", StringComparison.Ordinal);

        var problems = Assert.Throws<JobFileException>(() => TrainingJob.Parse(wrong, "/base")).Problems;

        Assert.Equal(
            [$"line 8: checkpoints.to: '{to}' {rule}", "line 8: checkpoints.keep: '0' must be a whole number of at least 1", "line 8: checkpoints.keepEvery: '-1' must be a whole number of at least 1"],
            problems);
    }

    [Fact]
    public void Lists_all_problems_of_a_file_at_once()
    {
        var wrong = Whole
            .Replace("microBatch: 2", "microbatch: 2", StringComparison.Ordinal)
            .Replace("precision: bfloat16", "precision: float8", StringComparison.Ordinal)
            .Replace("max: 2 }", "max: 9 }", StringComparison.Ordinal)
            .Replace("onBadSample: skip", "transport: nccl", StringComparison.Ordinal)
            .Replace("steps: 50, batch: 16", "stepz: 50, batch: 0", StringComparison.Ordinal)
            .Replace("learningRate: { adapter: 1e-3 }", "learningRate: { hlora: 1e-3 }", StringComparison.Ordinal);

        var error = Assert.Throws<JobFileException>(() => TrainingJob.Parse(wrong, "/base"));

        string[] expected =
        [
            "microbatch is not a known key; did you mean 'microBatch'?", "precision: 'float8' must be one of float32, bfloat16", "workers.max: '9' must be at most shards, which is 4",
            "transport: 'nccl' carries CUDA memory, but device.kind is cpu; use auto, shared-memory or tcp",
            "stages[1].mixed.stepz is not a known key; did you mean 'steps'?", "stages[1].mixed.batch: '0'", "stages[0].comprehension.learningRate.hlora is not a known key",
        ];
        Assert.All(expected, text => Assert.Contains(error.Problems, problem => problem.Contains(text, StringComparison.Ordinal)));
        Assert.Contains("line 10:", Assert.Single(error.Problems, problem => problem.Contains("microbatch", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "it has no bytes: it is empty, or a pipe or device instead of an ordinary file. Name an existing job file.")]
    [InlineData(0L, "it has no bytes: it is empty, or a pipe or device instead of an ordinary file. Name an existing job file.")]
    [InlineData(1L << 40, "it has 1099511627776 bytes, and a job file at most 4194304. Name an existing job file.")]
    public void A_file_that_can_be_no_job_is_refused_before_any_of_it_is_in_memory(long? length, string problem)
    {
        if (length is null && !OperatingSystem.IsLinux()) Assert.Skip("a device that never ends");
        var folder = Directory.CreateTempSubdirectory("healthgpt-jobs-");
        try
        {
            var path = length is null ? "/dev/zero" : Path.Combine(folder.FullName, "weights.safetensors");
            // One of holes, which takes no room.
            if (length is { } bytes)
                using (var file = File.Create(path)) file.SetLength(bytes);

            var error = Assert.Throws<JobFileException>(() => TrainingJob.Load(path, cancellationToken: TestContext.Current.CancellationToken));

            Assert.Contains(problem, Assert.Single(error.Problems), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Nccl_is_refused_on_cuda_too_with_what_is_there_and_what_is_not()
    {
        var wrong = Whole.Replace("kind: cpu", "kind: cuda", StringComparison.Ordinal).Replace("onBadSample: skip", "transport: nccl", StringComparison.Ordinal);
        var problem = Assert.Single(Assert.Throws<JobFileException>(() => TrainingJob.Parse(wrong, "/base")).Problems);
        Assert.Matches("transport: 'nccl' (needs a library that is not here: NCCL cannot be loaded|is not what a replica exchanges gradients through yet).* auto, shared-memory or tcp", problem);
    }

    [Theory]
    [InlineData("", "must be one YAML document")]
    [InlineData("name: [", "is not YAML")]
    [InlineData("name: a\nname: b", "is not YAML")]
    [InlineData("name: Brain T1\nmodel: m\ndata: d\nstages: []", "'Brain T1' must be lower-case")]
    [InlineData("model: m\ndata: d\nstages: []", "name is missing")]
    [InlineData("name: a\nmodel: m\ndata: d\nmaxBadSamples: 5\nstages: []", "line 4: maxBadSamples: '5' must be a share of the samples from 0 to 1")]
    [InlineData("name: a\nmodel: m\ndata: d\nstages: [{ stage: pretraining }]", "'pretraining' must be one of")]
    [InlineData("name: a\nmodel: m\ndata: d\nstages: [{ stage: alignment }, { stage: adaptation, mixed: { steps: 1 } }]", "line 4: stages[0].stage: 'alignment' trains nothing; give it comprehension, generation or both, or leave")]
    [InlineData("name: a\nmodel: m\ndata: d\nstages: [{ stage: instruction, tasks: {} }, { stage: adaptation, mixed: { steps: 1 } }]", "stages[0].stage: 'instruction' trains nothing; give it at least one of")]
    [InlineData("name: a\nmodel: m\ndata: d\nstages: []", "stages: '' names no phase")]
    [InlineData("name: a\nmodel: m\ndata: d\nshards: 0\nstages: []", "stages: '' names no phase")]
    [InlineData("name: a\nmodel: m\ndata: d\nstages: [{ stage: instruction, tasks: { vqa: { batch: 128 } } }]", "tasks.vqa.steps is missing")]
    public void Refuses(string yaml, string message)
    {
        var error = Assert.Throws<JobFileException>(() => TrainingJob.Parse(yaml, "/base"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("workers: { min: 9 }", "line 1: workers.min: '9' must be at most shards, which is 4: a worker without a shard has nothing to do")]
    [InlineData("workers: { min: 2, max: 9 }", "line 1: workers.max: '9' must be at most shards, which is 4: a worker without a shard has nothing to do")]
    [InlineData("workers: 9", "line 1: workers: '9' must be at most shards, which is 4: a worker without a shard has nothing to do")]
    [InlineData("workers: some", "line 1: workers: 'some' must be a whole number of at least 1")]
    [InlineData("workers: { min: 3, max: 2 }", "line 1: workers.max: '2' must be at least workers.min, which is 3")]
    [InlineData("optimizer: { weightDecay: 1e30 }", "line 1: optimizer.weightDecay: '1e30' must be a number from 0 to 1")]
    [InlineData("optimizer: { epsilon: 1e-60 }", "line 1: optimizer.epsilon: '1e-60' must be a number from 1e-20 to 1")]
    [InlineData("optimizer: { beta1: 1 }", "line 1: optimizer.beta1: '1' must be a number from 0 to 0.999999")]
    [InlineData("optimizer: { beta2: 0.9999999999 }", "line 1: optimizer.beta2: '0.9999999999' must be a number from 0 to 0.999999")]
    [InlineData("optimizer: { clipNorm: 1e30 }", "line 1: optimizer.clipNorm: '1e30' must be a number from 1e-6 to 1e9")]
    [InlineData("hlora: { generation: { alpha: 1e30 } }", "line 1: hlora.generation.alpha: '1e30' must be a number from 0.001 to 1e6")]
    public void A_number_beyond_what_can_work_is_refused_with_its_key_and_rule(string key, string problem)
    {
        var yaml = $"{key}\nname: a\nmodel: nano\ndata: d\nstages: [{{ stage: adaptation, mixed: {{ steps: 1 }} }}]";

        Assert.Equal([problem], Assert.Throws<JobFileException>(() => TrainingJob.Parse(yaml, "/base")).Problems);
    }

    [Fact]
    public void A_plain_number_of_workers_is_both_the_least_and_the_most()
    {
        Assert.Equal(new WorkerCount(2, 2), TrainingJob.Parse(Whole.Replace("workers: { min: 1, max: 2 }", "workers: 2", StringComparison.Ordinal), "/base").Workers);
    }

    [Fact]
    public void Fills_in_the_published_settings()
    {
        const string stages = """
            name: m3
            model: models/healthgpt-m3
            data: d.yaml
            stages:
              - { stage: alignment, generation: { steps: 1 } }
              - { stage: adaptation, mixed: { steps: 1 } }
              - { stage: instruction, tasks: { vqa: { steps: 1 }, ct-to-mri: { steps: 1 } } }
            """;

        var job = TrainingJob.Parse(stages, "/base");
        var l14 = TrainingJob.Parse(stages.Replace("healthgpt-m3", "healthgpt-l14", StringComparison.Ordinal), "/base");

        Assert.Equal([64, 32, 128, 64], job.Phases.Select(phase => phase.Batch));
        Assert.Equal(new LearningRates { Adapter = 2e-5, HLora = 2e-4, Vocabulary = 2e-4 }, job.Phases[0].LearningRates);
        Assert.Equal(1e-4, l14.Phases[0].LearningRates.HLora);
        Assert.Equal(ScheduleKind.Constant, job.Phases[1].Schedule);
        Assert.All(job.Phases, phase => Assert.Equal(0.05, phase.Dropout));
        Assert.Equal(new HLoraSettings(256, 512, 4), job.GenerationHLora);
        Assert.Equal(new HLoraSettings(32, 64, 4), l14.ComprehensionHLora);
        Assert.Equal(0, job.Optimizer.WeightDecay);
    }

    [Fact]
    public void Mixes_kinds_evenly_and_loses_no_sample()
    {
        var ratio = new MixRatio(2, 1);
        var places = Enumerable.Range(0, 9).Select(place => ratio.At(place)).ToList();

        Assert.Equal([0, 1, 2], places.Where(place => place.Generation).Select(place => (int)place.Before));
        Assert.Equal([0, 1, 2, 3, 4, 5], places.Where(place => !place.Generation).Select(place => (int)place.Before));
    }

    [Fact]
    public void Digest_ignores_what_leaves_the_bits_alone()
    {
        var job = TrainingJob.Parse(Whole, "/base");

        Assert.Equal(job.Digest(), (job with { Name = "other", Workers = new WorkerCount(1, 4), Transport = Transport.Tcp, Encryption = Encryption.Tls, Checkpoints = new CheckpointPolicy(new FolderAddress("/x"), 1, 1), MaxBadSamples = 1 }).Digest());
        Assert.NotEqual(job.Digest(), (job with { MicroBatch = 4 }).Digest());
        Assert.NotEqual(job.Digest(), (job with { Phases = [job.Phases[0] with { Tasks = ["vqa"] }, .. job.Phases.Skip(1)] }).Digest());
    }
}
