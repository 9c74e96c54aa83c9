using System.Text;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Text;
using HealthGpt.Model.Weights;
using TorchSharp;
using Xunit;

namespace HealthGpt.Inference.Tests;

public sealed class InferenceEngineTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly byte[] Slice = Picture(1), Other = Picture(2);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_the_tasks_of_the_model_folder()
    {
        await using var engine = await LoadAsync();

        Assert.Equal(["report", "report-to-slice", "super-resolution", "vqa"], engine.Tasks.Select(task => task.Task));
        Assert.Equal(TaskKind.Comprehension, engine.Tasks[3].Kind);
        Assert.Equal("Reconstruct the high-resolution image.", engine.Tasks[2].DefaultPrompt);
    }

    [Fact]
    public async Task Two_plugin_folders_for_one_task_are_refused_by_the_tasks_name()
    {
        var folder = Path.Combine(model.Folder, "plugins", "vqa");

        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => LoadAsync(new() { PluginFolders = [folder, folder] }));

        Assert.Contains("a plugin 'vqa' is attached already", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_answer_equals_greedy_decoding_by_whole_forward_passes()
    {
        await using var engine = await LoadAsync();
        var request = Question("vqa", "Which plane, and is it the same in <image> and <image>?", Slice, Other) with { MaxTokens = 24 };

        var chunks = await Collect(engine, request);

        var expected = PlainDecoding.Decode(model.Folder, "vqa", request.Question, request.Images, 24);
        Assert.Equal(Text(expected), string.Concat(chunks.Select(chunk => chunk.Text)));
        Assert.Equal(expected.Count, chunks[^1].Tokens);
        Assert.Equal(expected.Count == 24 ? FinishReason.Length : FinishReason.Stop, chunks[^1].Finish);
        Assert.All(chunks.SkipLast(1), chunk => Assert.Null(chunk.Finish));
    }

    [Fact]
    public async Task An_image_answer_is_the_image_of_the_likeliest_codes()
    {
        await using var engine = await LoadAsync();

        var chunks = await Collect(engine, Question("super-resolution", "", Slice));

        var tokens = PlainDecoding.Decode(
            model.Folder, "super-resolution", "<image>\nReconstruct the high-resolution image.", [Slice], TinyModel.ImageTokens);
        var image = RgbImage.Decode(chunks[^1].ImagePng, "answer");
        Assert.Equal(PlainDecoding.Draw(model.Folder, tokens).Pixels, image.Pixels);
        Assert.Equal([8, 16, 24, 32, 40, 48, 56, 64, 64], chunks.Select(chunk => chunk.Tokens));
        Assert.Equal(FinishReason.Stop, chunks[^1].Finish);
        Assert.All(chunks.SkipLast(1), chunk => Assert.Null(chunk.ImagePng));
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public async Task Image_answers_are_images_of_the_models_size_in_every_precision(Precision precision)
    {
        await using var engine = await LoadAsync(new() { Precision = precision });

        foreach (var request in (GenerationRequest[])[Question("report-to-slice", "Axial slice, skull removed."), Question("super-resolution", "", Other)])
        {
            var image = RgbImage.Decode((await Collect(engine, request))[^1].ImagePng, "answer");
            Assert.Equal((TinyModel.ImageSide, TinyModel.ImageSide), (image.Width, image.Height));
        }
    }

    [Fact]
    public async Task Requests_at_the_same_time_are_answered_as_alone()
    {
        await using var engine = await LoadAsync(new() { MaxActive = 3 });
        GenerationRequest[] requests =
        [
            Question("super-resolution", "", Slice), Question("vqa", "Which plane?", Slice), Question("report", "Describe it.", Slice),
            Question("report-to-slice", "A coronal slice."), Question("vqa", "Which plane?", Other), Question("vqa", "What is a hippocampus?"),
        ];
        var alone = new List<string>();
        foreach (var request in requests)
            alone.Add(Show(await Collect(engine, request)));

        var together = await Task.WhenAll(requests.Select(request => Collect(engine, request)));

        Assert.Equal(alone, together.Select(Show));
        Assert.Equal(alone.Count, alone.Distinct().Count());
    }

    [Fact]
    public async Task An_image_is_read_once_for_each_kind_of_task()
    {
        await using var engine = await LoadAsync();

        foreach (var request in (GenerationRequest[])[Question("vqa", "Which plane?", Slice), Question("report", "Which level?", Slice, Slice)])
            await Collect(engine, request);
        Assert.Equal(1, engine.ImagesRead);

        await Collect(engine, Question("super-resolution", "", Slice));
        Assert.Equal(2, engine.ImagesRead);
    }

    [Fact]
    public async Task Leaving_an_answer_early_frees_it_and_others_go_on()
    {
        await using var engine = await LoadAsync();
        await Collect(engine, Question("super-resolution", "", Slice));
        var before = await SettledTensors(engine);

        await foreach (var _ in engine.GenerateAsync(Question("super-resolution", "", Slice), Stop))
            break;

        Assert.Equal(before, await SettledTensors(engine));
        Assert.NotNull((await Collect(engine, Question("super-resolution", "", Slice)))[^1].ImagePng);
    }

    [Fact]
    public async Task A_cancelled_request_ends_whether_it_waits_or_not()
    {
        await using var engine = await LoadAsync(new() { MaxActive = 1 });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var active = Collect(engine, Question("super-resolution", "", Slice), cancel.Token);
        var waiting = Enumerable.Range(0, 8).Select(_ => Collect(engine, Question("super-resolution", "", Slice), cancel.Token)).ToArray();
        await Until(() => engine.WaitingRequests > 0);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
        await Until(() => engine is { ActiveRequests: 0, WaitingRequests: 0 });
        await active.ContinueWith(_ => { }, Stop, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    [Fact]
    public async Task Dispose_fails_what_is_pending_and_later_requests_with_a_clear_error()
    {
        var engine = await LoadAsync(new() { MaxActive = 1 });
        var pending = Enumerable.Range(0, 8).Select(_ => Collect(engine, Question("super-resolution", "", Slice))).ToArray();
        await Until(() => engine.WaitingRequests > 0);

        await engine.DisposeAsync();

        await Task.WhenAny(Task.WhenAll(pending));
        var failures = pending.Where(task => task.IsFaulted).Select(task => task.Exception!.InnerException!).ToArray();
        Assert.All(failures, failure => Assert.IsType<EngineStoppedException>(failure));
        Assert.Contains(failures, failure => failure.Message.Contains("stopped before the answer was complete", StringComparison.Ordinal));
        await Assert.ThrowsAsync<EngineStoppedException>(() => Collect(engine, Question("vqa", "Which plane?", Slice)));
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task The_queue_refuses_more_than_it_holds()
    {
        await using var engine = await LoadAsync(new() { MaxActive = 1, MaxWaiting = 1 });

        var answers = Enumerable.Range(0, 12).Select(_ => Collect(engine, Question("super-resolution", "", Slice))).ToArray();

        var refused = await Assert.ThrowsAsync<EngineBusyException>(() => Task.WhenAll(answers));
        Assert.Contains("MaxWaiting", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_tensors_do_not_grow_from_request_to_request_and_none_outlives_the_engine()
    {
        GenerationRequest[] requests =
            [Question("vqa", "Which plane?", Slice, Other), Question("super-resolution", "", Slice), Question("report-to-slice", "An axial slice.")];
        var outside = CollectedTensors();
        await using (var engine = await LoadAsync(new() { FeatureCacheBytes = 4096 }))
        {
            foreach (var request in requests)
                await Collect(engine, request);
            var before = await SettledTensors(engine);

            for (var round = 0; round < 3; round++)
                await Task.WhenAll(requests.Select(request => Collect(engine, request)));

            Assert.Equal(before, await SettledTensors(engine));
        }
        Assert.True(CollectedTensors() <= outside, $"{torch.Tensor.TotalCount - outside} tensors outlive the engine");
    }

    [Theory]
    [InlineData("segmentation", "Where?", "task", "report, report-to-slice, super-resolution, vqa")]
    [InlineData("vqa", "", "question", "is empty")]
    [InlineData("vqa", "<image> and <image>?", "images", "places 2 images")]
    public async Task Rejects_a_wrong_request_and_answers_the_next(string task, string question, string param, string message)
    {
        await using var engine = await LoadAsync();

        var wrong = await Assert.ThrowsAsync<RequestException>(() => Collect(engine, Question(task, question, Slice)));

        Assert.Equal(param, wrong.Param);
        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
        Assert.NotNull((await Collect(engine, Question("vqa", "Which plane?", Slice)))[^1].Finish);
    }

    [Fact]
    public async Task A_task_that_reads_answers_an_empty_question_as_it_answers_its_own_prompt()
    {
        await using var engine = await LoadAsync();

        Assert.Equal(Show(await Collect(engine, Question("report", "Describe this slice.", Slice))), Show(await Collect(engine, Question("report", "", Slice))));
    }

    [Fact]
    public async Task A_load_that_is_given_up_ends_soon_and_its_thread_with_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "open files are seen in /proc, which only Linux has");
        using var folder = new HeldFolder();
        var part = new ModelPart("held", new string('0', 64));
        new ModelManifest { Name = "held", Base = part, VisionTower = part, ImageTokenizer = part, Tokenizer = part, Template = PromptTemplate.Phi3.Name }.Save(folder.Path);
        // A part is hashed whole before the load ends; this one takes no disk and minutes of time.
        using (var held = File.Create(folder.File)) held.SetLength(256L << 30);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        var load = InferenceEngine.LoadAsync(folder.Path, null, cancel.Token);
        await Until(() => IsOpen(folder.File));
        await cancel.CancelAsync();

        // A block is hashed in milliseconds, the file in minutes; the rest is slack for a busy machine.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => load.WaitAsync(Deadline, Stop));
        Assert.False(IsOpen(folder.File), "the load was called over while the engine still read");
    }

    private static bool IsOpen(string file) => Directory.EnumerateFiles("/proc/self/fd").Any(handle =>
    {
        try
        {
            return new FileInfo(handle).LinkTarget == file;
        }
        catch (IOException)
        {
            return false;
        }
    });

    [Fact]
    public async Task A_folder_that_is_no_model_is_named()
    {
        var exception = await Assert.ThrowsAsync<WeightFileException>(() => InferenceEngine.LoadAsync("no-such-model", null, Stop));

        Assert.Contains("no-such-model", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejects_an_option_out_of_range() =>
        Assert.Contains(
            "MaxActive is 0, but must be at least 1",
            (await Assert.ThrowsAsync<ArgumentException>(() => LoadAsync(new() { MaxActive = 0 }))).Message,
            StringComparison.Ordinal);

    private Task<InferenceEngine> LoadAsync(EngineOptions? options = null) => InferenceEngine.LoadAsync(model.Folder, options, Stop);

    private static GenerationRequest Question(string task, string question, params byte[][] images) =>
        new() { Task = task, Question = question, Images = images, MaxTokens = task is "vqa" or "report" ? 12 : null };

    private static async Task<List<GenerationChunk>> Collect(InferenceEngine engine, GenerationRequest request, CancellationToken? cancellationToken = null)
    {
        var chunks = new List<GenerationChunk>();
        await foreach (var chunk in engine.GenerateAsync(request, cancellationToken ?? Stop))
            chunks.Add(chunk);
        return chunks;
    }

    private static async Task<long> SettledTensors(InferenceEngine engine)
    {
        await Until(() => engine.ActiveRequests == 0);
        return CollectedTensors();
    }

    /// <summary>What other tests left to the collector must not go between two counts.</summary>
    private static long CollectedTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }

    private static async Task Until(Func<bool> condition)
    {
        var end = DateTime.UtcNow + Deadline;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, "the engine did not come to rest");
            await Task.Delay(2, Stop);
        }
    }

    private static string Text(IEnumerable<int> tokens) =>
        Encoding.UTF8.GetString([.. tokens.Where(token => token < 256).Select(token => (byte)token)]).TrimEnd('\uFFFD');

    private static string Show(List<GenerationChunk> chunks) =>
        string.Concat(chunks.Select(chunk => chunk.Text)) + Convert.ToHexString(chunks[^1].ImagePng ?? []) + chunks[^1].Finish + chunks[^1].Tokens;

    private static byte[] Picture(int seed)
    {
        var pixels = new byte[40 * 30 * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(40, 30, pixels).EncodePng();
    }

    private sealed class HeldFolder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("healthgpt-held-");

        public string Path => _folder.FullName;

        public string File => System.IO.Path.Combine(Path, "held");

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
