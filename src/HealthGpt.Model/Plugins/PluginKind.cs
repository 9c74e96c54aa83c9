namespace HealthGpt.Model.Plugins;

/// <summary>Whether a plugin reads images or draws them.</summary>
public enum PluginKind
{
    /// <summary>Answers with text, from abstract-grained features.</summary>
    Comprehension,

    /// <summary>Answers with an image, from concrete-grained features.</summary>
    Generation,
}
