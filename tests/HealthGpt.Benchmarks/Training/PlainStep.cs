using System.Globalization;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Text;
using HealthGpt.Model.Weights;
using HealthGpt.Training.Pipeline;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Training;

// Shapes: B rows, T sequence, H hidden, N heads, D head width, P patches, V vocabulary, R rank, E experts.

/// <summary>
/// The step of a <see cref="VqaStep"/> written plainly, op by op, as the published inference code and LLaVA's training code write it: the vision tower in every step, the head at every position and
/// a loss that ignores what is no answer, or else features kept and the head at answer positions; torch.optim's AdamW over the parameters.
/// </summary>
internal sealed class PlainStep : IDisposable
{
    private const long Ignored = -100;
    private const double ClipNorm = 1;

    // The step's own rates.
    private const double Rate = 1e-7;

    private readonly bool _economical;
    private readonly VqaStep _step;
    private readonly DecoderConfig _config;
    private readonly ScalarType _type;
    private readonly WeightSet _base;
    private readonly List<Parameter> _masters = [];
    private readonly Dictionary<string, Parameter> _adapter;
    private readonly Dictionary<string, Parameter> _hlora;
    private readonly double _scale;
    private readonly DisposeScope _kept;
    private readonly Tensor _embedding;
    private readonly Tensor _head;
    private readonly Tensor _cosine;
    private readonly Tensor _sine;
    private readonly Tensor _pixels;
    private readonly Tensor? _features;
    private readonly Tensor _before;
    private readonly Tensor _after;
    private readonly Tensor _answerPlaces;
    private readonly Tensor _targets;
    private readonly Tensor _labels;
    private readonly OptimizerHelper _optimizer;

    /// <param name="step">The step whose weights and batch it takes; its batch must be one micro-batch.</param>
    /// <param name="economical">Whether features are kept and the head is where answers are.</param>
    public PlainStep(VqaStep step, bool economical)
    {
        (_step, _economical, _type, _config) = (step, economical, step.Model.Type, step.Model.Decoder.Config);
        _kept = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = step.State.Weights;
        _base = WeightSet.Load(Path.Combine(step.Model.Folder, step.Model.Manifest.Base.Path), _type, wanted: name => name.StartsWith("model.layers.", StringComparison.Ordinal) || name == "model.norm.weight");
        _embedding = cat([weights[WeightNames.TextEmbedding], weights[WeightNames.ImageEmbedding]], 0).to(_type);
        _head = cat([weights[WeightNames.TextHead], weights[WeightNames.ImageHead]], 0).to(_type);
        var owner = WeightNames.Plugin(VqaStep.Task);
        _adapter = Masters(WeightNames.Adapter(owner));
        _hlora = Masters(WeightNames.HLora(owner));
        var size = step.Job.ComprehensionHLora;
        _scale = size.Alpha / size.Rank * size.Experts;
        _optimizer = optim.AdamW(_masters, Rate, weight_decay: 0);
        (_cosine, _sine) = Turns(step.Batch[0].Length);
        var batch = step.FirstMicroBatch;
        _pixels = Pixels(batch);
        if (economical) _features = stack(batch.Pictures.Select(step.Frozen.Features));
        (_before, _after) = Ids(batch.Samples);
        var layout = batch.Layout!;
        (_answerPlaces, _targets) = (tensor([.. layout.AnswerPlaces], ScalarType.Int64), tensor([.. layout.Targets], ScalarType.Int64));
        _labels = full([(long)layout.Rows * layout.Length], Ignored, ScalarType.Int64).index_copy_(0, _answerPlaces, _targets);
    }

    /// <summary>One step.</summary>
    /// <returns>Loss and gradient norm before the step.</returns>
    public (float Loss, double Norm) Run()
    {
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        var loss = Loss(Decoder(Embed()));
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(_masters, ClipNorm);
        _optimizer.step();
        return (loss.item<float>(), norm);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (var master in _masters) master.Dispose();
        _base.Dispose();
        _kept.Dispose();
    }

    private Tensor Loss(Tensor hidden)
    {
        var rows = hidden.flatten(0, 1);
        if (_economical) rows = rows.index_select(0, _answerPlaces);
        var logits = nn.functional.linear(rows, _head).to(ScalarType.Float32);
        return nn.functional.cross_entropy(logits, _economical ? _targets : _labels, ignore_index: Ignored);
    }

    private Tensor Embed()
    {
        var projected = nn.functional.linear(Features(), At(_adapter, "0.weight"), At(_adapter, "0.bias"));
        projected = nn.functional.linear(nn.functional.gelu(projected), At(_adapter, "2.weight"), At(_adapter, "2.bias"));
        return cat([Rows(_before), projected, Rows(_after)], 1);
    }

    private Tensor Rows(Tensor ids) => _embedding.index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], -1);

    // As the published code: all layers, though the last one's output is not used.
    private Tensor Features()
    {
        if (_features is not null) return _features;
        using var noGrad = no_grad();
        return _step.Model.Tower.ForwardAll(_pixels).Features.Abstract!;
    }

    private Tensor Decoder(Tensor x)
    {
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            x = x.Plus(Attention(x, layer));
            x = x.Plus(FeedForward(x, layer));
        }

        return Norm(x, "model.norm.weight");
    }

    // A scope to each module: what a backward pass does not need is free when the module is done, as in Python.
    private Tensor Attention(Tensor x, int layer)
    {
        using var scope = NewDisposeScope();
        var normal = Norm(x, Name(layer, "input_layernorm.weight"));
        long width = _config.HeadWidth, queries = _config.Heads * width, keys = _config.KeyValueHeads * width;
        var fused = Linear(normal, layer, "self_attn.qkv_proj").split([queries, keys, keys], -1);
        Tensor query = Turned(Heads(fused[0])), key = Turned(Heads(fused[1])), value = Heads(fused[2]);
        var heads = nn.functional.scaled_dot_product_attention(query, key, value, is_casual: true);
        return Linear(heads.transpose(1, 2).flatten(2), layer, "self_attn.o_proj").MoveToOuterDisposeScope();
    }

    private Tensor FeedForward(Tensor x, int layer)
    {
        using var scope = NewDisposeScope();
        var fused = Linear(Norm(x, Name(layer, "post_attention_layernorm.weight")), layer, "mlp.gate_up_proj").chunk(2, -1);
        return Linear(fused[1] * nn.functional.silu(fused[0]), layer, "mlp.down_proj").MoveToOuterDisposeScope();
    }

    private Tensor Linear(Tensor x, int layer, string name)
    {
        using var scope = NewDisposeScope();
        var site = DecoderConfig.LinearKey(layer, name);
        Tensor down = At(_hlora, site + ".lora_A.weight"), up = At(_hlora, site + ".lora_B.weight"), route = At(_hlora, site + ".lora_route.weight");
        var weights = nn.functional.softmax(nn.functional.linear(x, route), -1).repeat_interleave(down.shape[0] / route.shape[0], -1);
        var low = nn.functional.linear(x, down).Times(_scale) * weights;
        return nn.functional.linear(x, _base.Get(Name(layer, name + ".weight"))).Plus(nn.functional.linear(low, up)).MoveToOuterDisposeScope();
    }

    private Tensor Norm(Tensor x, string name)
    {
        using var scope = NewDisposeScope();
        var wide = x.to(ScalarType.Float32);
        var normal = wide * wide.Squared().mean([-1], keepdim: true).Plus(_config.NormEpsilon).rsqrt();
        return (_base.Get(name) * normal.to(_type)).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor x) => x.reshape(x.shape[0], x.shape[1], -1, _config.HeadWidth).transpose(1, 2);

    private Tensor Turned(Tensor x)
    {
        var halves = x.chunk(2, -1);
        return (x * _cosine).Plus(cat([halves[1].neg(), halves[0]], -1) * _sine);
    }

    private Tensor At(Dictionary<string, Parameter> weights, string name) => weights[name].to(_type);

    private (Tensor Cosine, Tensor Sine) Turns(int length)
    {
        using Scalar zero = 0, two = 2, width = _config.HeadWidth, positions = length;
        var inverse = pow(tensor(_config.RopeTheta, ScalarType.Float32), arange(zero, width, two, ScalarType.Float32) / width).reciprocal();
        var angles = outer(arange(positions, ScalarType.Float32), inverse);
        var both = cat([angles, angles], -1);
        return (both.cos().to(_type), both.sin().to(_type));
    }

    private Tensor Pixels(MicroBatch batch)
    {
        var side = _step.Model.Tower.Config.ImageSize;
        return stack(batch.Pictures.Select(picture => tensor(picture.Pixels ?? throw new InvalidOperationException("the step has run already"), [3, side, side]))).to(_type);
    }

    private static (Tensor Before, Tensor After) Ids(PreparedSample[] samples)
    {
        var image = Array.IndexOf(samples[0].Prompt, Prompt.ImageId);
        var rows = samples.Select(sample => sample.Prompt.Concat(sample.Answer[..^1]).Select(id => (long)id).ToArray()).ToArray();
        Tensor Part(Range range) => stack(rows.Select(row => tensor(row[range], ScalarType.Int64)));
        return (Part(..image), Part((image + 1)..));
    }

    private Dictionary<string, Parameter> Masters(string prefix)
    {
        const string Root = "base_model.model.model.", Projector = "mm_projector.";
        var masters = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var (name, tensor) in _step.State.Under(prefix))
        {
            var master = new Parameter(tensor.detach().clone());
            master.DetachFromDisposeScope();
            _masters.Add(master);
            masters.Add(name[prefix.Length..].Replace(Root, "", StringComparison.Ordinal).Replace(Projector, "", StringComparison.Ordinal), master);
        }

        return masters;
    }

    private static string Name(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{name}");
}
