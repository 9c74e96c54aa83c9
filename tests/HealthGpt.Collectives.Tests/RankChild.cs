using System.Text.Json;

namespace HealthGpt.Collectives.Tests;

/// <summary>A rank as a process of its own. It tells where it listens, is told its group, tells what carries its data and then that and why the generation ended.</summary>
internal static class RankChild
{
    /// <summary>The environment variable that makes this program a rank.</summary>
    public const string Variable = "HEALTHGPT_TEST_RANK";

    public static bool RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
            return false;
        RunAsync().GetAwaiter().GetResult();
        return true;
    }

    private static async Task RunAsync()
    {
        await using var listener = PeerListener.Start();
        await Console.Out.WriteLineAsync(listener.EndPoint);
        GroupSpec spec = JsonSerializer.Deserialize<GroupSpec>((await Console.In.ReadLineAsync())!)!;
        try
        {
            await using ProcessGroup group = await ProcessGroup.FormAsync(listener, spec);
            await Console.Out.WriteLineAsync($"{group.TransportTo(0)}");
            await group.ReceiveAsync(0);
        }
        catch (Exception failure) when (failure is GroupAbortedException or JoinRefusedException)
        {
            await Console.Out.WriteLineAsync(failure.Message);
        }
    }
}
