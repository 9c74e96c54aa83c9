using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.Samples;
using HealthGpt.Training.Tests.Phases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests.Replicas;

// Shapes: T sequence, H hidden, P patches.

/// <summary>What is served is what was trained: prompt, image preparation, features, splicing, plugin and vocabulary of an exported folder against the trainer's.</summary>
public sealed class ExportedModelTests(TinyWorld world) : IClassFixture<TinyWorld>, IDisposable
{
    private const float Tolerance = 1e-4f;
    private static readonly string[] Tasks = ["vqa", "super-resolution"];

    private readonly PhaseSetup _setup = new(world, Stop);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "would replace '")]
    [InlineData("llm", "would replace '")]
    [InlineData("llm/new", "lies in '")]
    [InlineData("..", "would replace '")]
    public void A_folder_that_the_new_model_is_made_of_is_no_place_for_it(string place, string expected)
    {
        var target = Path.Combine(_setup.Model.Folder, place);
        var before = Directory.GetFiles(_setup.Model.Folder, "*", SearchOption.AllDirectories);

        var error = Assert.Throws<ArgumentException>(() => ModelFolderWriter.Write(target, _setup.Model, _setup.Model.Vocabulary, [], "job", 1));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_setup.Model.Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Loss_of_a_sample_on_the_exported_folder_is_the_trainers_before_its_next_step()
    {
        Train("alignment/generation");
        Train("adaptation/mixed");
        var fresh = LossesOfNextStep();
        Train("instruction/vqa");
        Train("instruction/super-resolution");
        var trained = LossesOfNextStep();

        ModelExport.Write(_setup.Job, new StorageAccess(), _setup.Model, _setup.Dataset.Tasks, _setup.State, Stop);

        using var served = HealthGptModel.Load(ModelExport.PlaceOf(_setup.Job).ToString(), ScalarType.Float32, cancellationToken: Stop);
        foreach (var task in Tasks)
        {
            using var plugin = served.LoadPlugin(task, cancellationToken: Stop);
            var card = PluginCard.Load(Path.Combine(served.Folder, "plugins", task));
            Assert.Equal((VocabularySource.Fusion, served.Manifest.Fusion!.Sha256), (card.Vocabulary, card.FusionSha256));
            for (var at = 0; at < trained[task].Length; at++)
            {
                var loss = Loss(served, plugin, _setup.Dataset.Select(task, "train")[at]);
                TestContext.Current.TestOutputHelper?.WriteLine($"{task} {at}: {fresh[task][at]} before training, {trained[task][at]} after, {loss} served");
                Assert.Equal(trained[task][at], loss, Tolerance);
            }

            // Were the plugin not trained, or not used, nothing would be shown.
            Assert.Contains(fresh[task].Zip(trained[task]), pair => Math.Abs(pair.First - pair.Second) > 100 * Tolerance);
        }
    }

    public void Dispose() => _setup.Dispose();

    private void Train(string phaseId)
    {
        var phase = Phase(phaseId);
        using var trainer = _setup.Trainer(phase);
        for (var step = 0; step < phase.Steps; step++) _setup.Step(trainer, step, Stop);
    }

    /// <summary>Loss of each of a task's first samples, as the trainer computes it at the start of a step of that sample alone.</summary>
    private Dictionary<string, float[]> LossesOfNextStep() => Tasks.ToDictionary(task => task, task =>
    {
        using var trainer = _setup.Trainer(Phase("instruction/" + task));
        return Enumerable.Range(0, 3).Select(at => _setup.Sum(trainer, [new SampleReference(_setup.Index.Of(task), at)], 0, Stop)[^1]).ToArray();
    });

    // Dropout changes the loss and has no place in serving.
    private JobPhase Phase(string id) => _setup.Job.Phases.Single(phase => phase.Id == id) with { Dropout = 0, LearningRates = Fast };

    private static LearningRates Fast { get; } = new() { Adapter = 1e-2, HLora = 1e-2, Vocabulary = 1e-3 };

    /// <summary>The mean loss of the sample's answer by the parts of a loaded folder alone.</summary>
    private static float Loss(HealthGptModel model, Plugin plugin, Sample sample)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var generation = plugin.Kind == PluginKind.Generation;
        var prompt = Prompt.Build(model.Tokenizer, model.Template, model.ImageVocabulary, sample.Question, generation);
        int[] answer = generation ? ImageAnswer(model, sample.AnswerImage!) : [.. model.Tokenizer.Encode(sample.Answer!), model.Tokenizer.IdOf(model.Template.Stop)!.Value];
        var images = sample.Images.Select(path => plugin.Adapter.Forward(Features(model, path, generation))[0]).ToList();
        var embeddings = EmbeddingSplice.Row(model.VocabularyOf(plugin).Embedding, [.. prompt, .. answer[..^1]], images).unsqueeze(0);
        var hidden = model.Decoder.Forward(embeddings, plugin.HLora);
        var predicting = hidden[0].narrow(0, hidden.shape[1] - answer.Length, answer.Length);
        var logits = nn.functional.linear(predicting, model.VocabularyOf(plugin).Head);
        return nn.functional.cross_entropy(logits, tensor(answer, ScalarType.Int64)).item<float>();
    }

    private static int[] ImageAnswer(HealthGptModel model, string path)
    {
        var side = model.ImageTokenizer.Resolution;
        var codes = model.ImageTokenizer.Encode(tensor(TokenizerPreparation.Prepare(RgbImage.Load(path), side), [1, 3, side, side])).flatten().data<long>().ToArray();
        return [.. codes.Select(code => model.ImageVocabulary.FirstCode + (int)code), model.ImageVocabulary.EndIndex];
    }

    private static Tensor Features(HealthGptModel model, string path, bool concrete)
    {
        var wanted = model.Preparation;
        var clip = new ClipPreparation { Size = wanted.Size, Mean = wanted.Mean, Std = wanted.Std };
        var pixels = tensor(clip.Prepare(RgbImage.Load(path)), [1, 3, wanted.Size, wanted.Size]);
        var features = model.Tower.Forward(pixels, !concrete, concrete);
        return (concrete ? features.Concrete : features.Abstract)!;
    }
}
