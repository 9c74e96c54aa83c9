namespace HealthGpt.Collectives.Joining;

internal static class Channels
{
    /// <summary>How many channels a pair of ranks can have.</summary>
    public const int Count = (int)Channel.Data + GroupSpec.MostConnections;

    /// <summary>The connections that carry data beside the first.</summary>
    public static IEnumerable<Channel> Further(int connections) => Enumerable.Range((int)Channel.Data + 1, connections - 1).Select(channel => (Channel)channel);
}
