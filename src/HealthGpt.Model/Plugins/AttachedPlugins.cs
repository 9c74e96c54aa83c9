using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;
using static TorchSharp.torch;

namespace HealthGpt.Model.Plugins;

/// <summary>The plugins of one base, several at once; a batch chooses among them row by row. The base's weights are never touched.</summary>
public sealed class AttachedPlugins : IDisposable
{
    private readonly Dictionary<string, Plugin> _plugins = new(StringComparer.Ordinal);
    private readonly TransformerDecoder _decoder;
    private readonly int _visionWidth;
    private readonly string? _baseSha256;
    private bool _disposed;

    /// <summary>Creates an empty set.</summary>
    /// <param name="decoder">The base; stays the caller's.</param>
    /// <param name="visionWidth">Width of the vision tower's features.</param>
    /// <param name="baseSha256">SHA-256 of the base, lower-case hexadecimal; null where plugins are told apart by their shapes alone.</param>
    public AttachedPlugins(TransformerDecoder decoder, int visionWidth, string? baseSha256 = null)
    {
        _decoder = decoder;
        _visionWidth = visionWidth;
        _baseSha256 = baseSha256;
    }

    /// <summary>Names of the plugins, in ordinal order.</summary>
    public IEnumerable<string> Names => _plugins.Keys.Order(StringComparer.Ordinal);

    /// <summary>A plugin by name; the set keeps owning it.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public Plugin this[string name] => _plugins.TryGetValue(name, out var plugin)
        ? plugin
        : throw new KeyNotFoundException($"no plugin '{name}' is attached; attached are {(_plugins.Count == 0 ? "none" : string.Join(", ", Names))}");

    /// <summary>Attaches a plugin, which the set then owns.</summary>
    /// <exception cref="ArgumentException">The name is taken, the plugin is attached under another, or it was made for another base; it then stays the caller's.</exception>
    /// <exception cref="ObjectDisposedException">The plugin or this set is disposed.</exception>
    public void Attach(string name, Plugin plugin)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ObjectDisposedException.ThrowIf(plugin.HLora.IsDisposed, plugin);
        if (_plugins.FirstOrDefault(attached => ReferenceEquals(attached.Value, plugin)) is { Key: { } known } && known != name)
            throw new ArgumentException($"the plugin is attached already, as '{known}'; it has one name and one owner", nameof(plugin));
        RequireSameBase(name, plugin);
        foreach (var (key, tensor) in plugin.HLora.NamedTensors().Concat(plugin.Adapter.NamedTensors())) RequireSameKind(name, key, tensor);
        RequireShapes(name, plugin);
        if (!_plugins.TryAdd(name, plugin)) throw new ArgumentException($"a plugin '{name}' is attached already; detach it first", nameof(name));
    }

    /// <summary>Detaches a plugin and disposes it.</summary>
    /// <returns>Whether there was one of that name.</returns>
    public bool Detach(string name)
    {
        if (!_plugins.Remove(name, out var plugin)) return false;
        plugin.Dispose();
        return true;
    }

    /// <summary>The H-LoRA of each row of a batch, by the plugins' names; null for the base alone.</summary>
    /// <exception cref="KeyNotFoundException">There is none of one of the names.</exception>
    public HLoraRows Rows(IEnumerable<string?> names) => new([.. names.Select(name => name is null ? null : this[name].HLora)]);

    private void RequireSameBase(string name, Plugin plugin)
    {
        if (_baseSha256 is null || plugin.BaseSha256 is null || string.Equals(_baseSha256, plugin.BaseSha256, StringComparison.OrdinalIgnoreCase)) return;
        throw new ArgumentException($"plugin '{name}' was trained on a base with SHA-256 {plugin.BaseSha256}, but this base has {_baseSha256}; use it with its own base", nameof(plugin));
    }

    private void RequireSameKind(string name, string key, Tensor tensor)
    {
        if (tensor.dtype == _decoder.Type && tensor.device_type == _decoder.Device.type) return;
        throw new ArgumentException($"plugin '{name}' has '{key}' as {tensor.dtype} on {tensor.device}, but the base computes in {_decoder.Type} on {_decoder.Device}; cast the plugin or load it so", nameof(tensor));
    }

    private void RequireShapes(string name, Plugin plugin)
    {
        var misfit = plugin.HLora.MisfitTo(_decoder.Config)
            ?? HLoraWeights.MisfitOf("the adapter's first layer", plugin.Adapter.FirstWeight, _decoder.Config.Hidden, _visionWidth)
            ?? HLoraWeights.MisfitOf("the adapter's second layer", plugin.Adapter.SecondWeight, _decoder.Config.Hidden, _decoder.Config.Hidden);
        if (misfit is not null) throw new ArgumentException($"plugin '{name}' was made for another base: {misfit}", nameof(plugin));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _disposed = true;
        foreach (var plugin in _plugins.Values) plugin.Dispose();
        _plugins.Clear();
    }
}
