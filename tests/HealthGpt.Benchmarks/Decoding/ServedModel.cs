using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Plugins;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Decoding;

/// <summary>
/// healthgpt-nano with an untrained plugin, as a folder. Head rows of all tokens but ASCII letters are zero: an answer then never stops by itself and every
/// token is a character that is shown at once, so that answers have a fixed length and first tokens can be timed.
/// </summary>
internal static class ServedModel
{
    public const string Task = "vqa";
    private const int AsciiTokens = 128;

    public static void Write(string folder)
    {
        using var noGrad = no_grad();
        using var model = HealthGptModel.Load(Repository.ModelFolder, ScalarType.Float32);
        using var plugin = RandomPlugin.Create(model, Task, PluginKind.Comprehension);
        using var vocabulary = model.Vocabulary.Clone();
        using var other = vocabulary.Head.narrow(0, AsciiTokens, vocabulary.Head.shape[0] - AsciiTokens);
        other.zero_();
        ModelFolderWriter.Write(folder, model, vocabulary, [plugin], "benchmark", 0);
    }
}
