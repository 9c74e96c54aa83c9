using System.Runtime.CompilerServices;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Inference.Answers;
using HealthGpt.Inference.Requests;
using HealthGpt.Inference.Scheduling;
using HealthGpt.Model.Plugins;
using TorchSharp;

namespace HealthGpt.Inference;

/// <summary>
/// Answers requests on one device: one base model, all plugins of a model folder, one thread that does all tensor work. Requests wait in
/// a queue and take turns, a token each. All members may be used from any thread.
/// </summary>
public sealed class InferenceEngine : IAsyncDisposable
{
    private readonly EngineOptions _options;
    private readonly TurnSchedule<ITurn> _schedule;
    private readonly TaskCompletionSource<DeviceModel> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _folder;
    private DeviceModel? _model;
    private RequestValidator? _validator;
    private RequestPlanner? _planner;

    private InferenceEngine(string folder, EngineOptions options)
    {
        _folder = folder;
        _options = options;
        _schedule = new TurnSchedule<ITurn>(options.MaxActive, options.MaxWaiting);
    }

    /// <summary>The tasks of the model folder's plugins.</summary>
    public IReadOnlyList<EngineTask> Tasks { get; private set; } = [];

    /// <summary>Requests that wait for a place among those that take turns.</summary>
    public int WaitingRequests => _schedule.Waiting;

    /// <summary>Requests that take turns now.</summary>
    public int ActiveRequests => _schedule.Active;

    /// <summary>Images the vision tower has read; one whose features were still known is not counted.</summary>
    public int ImagesRead => _model?.Features.Reads ?? 0;

    /// <summary>Loads a model folder on the engine's own thread.</summary>
    /// <param name="modelFolder">A folder with healthgpt.json.</param>
    /// <param name="options">How to use the device; null for the defaults.</param>
    /// <param name="cancellationToken">Gives the engine up; returns once its thread has freed what it loaded and the device is free.</param>
    /// <exception cref="Model.Weights.WeightFileException">A part of the folder or a plugin is missing or wrong.</exception>
    /// <exception cref="ArgumentException">An option is wrong, or two plugin folders are for one task.</exception>
    /// <exception cref="DeviceUnavailableException">The device is not there.</exception>
    public static async Task<InferenceEngine> LoadAsync(string modelFolder, EngineOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new EngineOptions();
        options.Validate();
        var engine = new InferenceEngine(modelFolder, options);
        new Thread(() => engine.Run(cancellationToken)) { IsBackground = true, Name = "healthgpt inference" }.Start();
        try
        {
            engine.Open(await engine._loaded.Task.WaitAsync(cancellationToken));
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            // Observed, so that it is not reported as unobserved: the caller gets it from this throw.
            _ = engine._loaded.Task.Exception;
            throw;
        }
    }

    /// <summary>Answers a request. Its text comes as it is written, an image with the last chunk.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Gives the answer up and frees what it holds; so does leaving the enumeration early.</param>
    /// <exception cref="RequestException">The request cannot be answered as it is.</exception>
    /// <exception cref="EngineBusyException">Too many requests wait.</exception>
    /// <exception cref="NonFiniteNumbersException">The model computed NaN or an infinite number.</exception>
    /// <exception cref="EngineStoppedException">The engine was disposed before the answer was complete.</exception>
    public async IAsyncEnumerable<GenerationChunk> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Images are decoded and resized on a pool thread: neither the caller's (it may be a grain's turn) nor the device's.
        var planned = await Task.Run(() => _planner!.Plan(_validator!.Validate(request)), cancellationToken);
        using var answer = new SubmittedAnswer(_schedule, Answer.Create(_model!, planned));
        if (!answer.Submit())
            throw new EngineBusyException($"{_options.MaxWaiting} requests wait already, as many as MaxWaiting allows. Send the request again later.");
        await foreach (var chunk in answer.ReadAsync(cancellationToken))
            yield return chunk;
    }

    /// <summary>Ends the thread after its present turn; answers that are not complete fail with <see cref="EngineStoppedException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        _schedule.Close();
        await _ended.Task;
    }

    private void Open(DeviceModel model)
    {
        var parts = model.Parts;
        var preparation = new ClipPreparation
        {
            Size = parts.Preparation.Size,
            Mean = parts.Preparation.Mean,
            Std = parts.Preparation.Std,
        };
        var images = parts.ImageTokenizer;
        Tasks = [.. model.Plugins.Select(Describe).OrderBy(task => task.Task, StringComparer.Ordinal)];
        _validator = new RequestValidator(Tasks, _options.DefaultMaxTokens, images.Grid * images.Grid, preparation);
        _planner = new RequestPlanner(parts.Tokenizer, parts.Template, parts.ImageVocabulary, parts.Tower.Config.Patches, parts.Decoder.Config.MaxPositions);
        _model = model;
    }

    private static EngineTask Describe(Plugin plugin) => new()
    {
        Task = plugin.Task,
        Kind = plugin.Kind == PluginKind.Generation ? TaskKind.Generation : TaskKind.Comprehension,
        DefaultPrompt = plugin.Prompt,
    };

    private void Run(CancellationToken cancellationToken)
    {
        try
        {
            torch.set_num_threads(_options.Threads);
            using var inference = torch.inference_mode();
            using var model = DeviceModel.Load(_folder, _options, cancellationToken);
            _loaded.SetResult(model);
            TurnLoop.Run(_schedule, () => new EngineStoppedException("The engine was stopped before the answer was complete. Send the request again."));
        }
        catch (Exception exception)
        {
            _loaded.TrySetException(exception);
        }
        finally
        {
            _ended.SetResult();
        }
    }
}
