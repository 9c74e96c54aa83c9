using System.Security.Cryptography;
using System.Text;

namespace HealthGpt.Cluster.Tests.Training;

/// <summary>One generation of scripted replicas: begins when every rank has joined, breaks for all when one leaves.</summary>
internal sealed class ScriptedGroup(int size)
{
    private readonly Lock _lock = new();
    private readonly HashSet<ScriptedReplica> _members = [];

    public CancellationTokenSource Broken { get; } = new();

    public TaskCompletionSource<int> Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Enter(ScriptedReplica member)
    {
        lock (_lock)
        {
            _members.Add(member);
            if (_members.Count == size) Begun.TrySetResult(_members.Max(known => known.Committed));
        }
    }

    /// <summary>What training would give: it depends on the number of steps and on nothing else.</summary>
    public static string WeightsAfter(int steps) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"weights after {steps} steps")));
}
