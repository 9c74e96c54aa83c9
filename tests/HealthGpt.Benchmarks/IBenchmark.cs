using HealthGpt.Benchmarks.Measuring;

namespace HealthGpt.Benchmarks;

/// <summary>Comparisons of one part of the system.</summary>
internal interface IBenchmark
{
    /// <summary>The name it is asked for by.</summary>
    string Name { get; }

    /// <summary>Whether it runs only when its name is given, for what it costs.</summary>
    bool OnlyByName => false;

    /// <summary>Measures its comparisons on the calling thread: libtorch's modes and thread numbers are a thread's own.</summary>
    void Run(Meter meter);
}
