using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests;

/// <summary>Where the reference's numbers must be met: on the CPU, and on CUDA where this build and machine have it.</summary>
internal static class TestDevices
{
    private const string Cpu = "cpu", Cuda = "cuda";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> All { get; } = cuda.is_available() ? [Cpu, Cuda] : [Cpu];

    /// <summary>Each case on each device.</summary>
    public static TheoryData<string, string> Each(IEnumerable<string> cases)
    {
        var data = new TheoryData<string, string>();
        foreach (var item in cases)
        {
            foreach (var name in All) data.Add(item, name);
        }

        return data;
    }

    /// <summary>Each case on each device.</summary>
    public static TheoryData<string, string, string> Each(TheoryData<string, string> cases)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (first, second) in cases.Select(row => row.Data))
        {
            foreach (var name in All) data.Add(first, second, name);
        }

        return data;
    }

    /// <summary>A device by its name, set up as for a model.</summary>
    public static Device Open(string name)
    {
        TorchRuntime.Prepare();
        return device(name);
    }
}
