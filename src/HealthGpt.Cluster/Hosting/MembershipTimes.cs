using Orleans.Configuration;

namespace HealthGpt.Cluster.Hosting;

/// <summary>How fast the cluster sees that a silo has died.</summary>
internal static class MembershipTimes
{
    public static void Apply(ClusterMembershipOptions options)
    {
        // A silo that is killed closes its connections, so its probes fail at once; one whose machine vanished lets them time out. Three misses of 1.5 s are
        // about 5 s: long enough for a silo whose every core computes (its probes are answered by other threads, late but surely), short enough that a
        // trainer that died with its silo is missed only for moments.
        options.ProbeTimeout = TimeSpan.FromSeconds(1.5);
        options.NumMissedProbesLimit = 3;

        // One busy silo must not vote another out alone. Orleans asks for fewer votes where fewer silos are left to vote.
        options.NumVotesForDeathDeclaration = 2;

        // A starved silo widens its own time limits instead of blaming others, but not beyond this.
        options.MaxProbeTimeout = TimeSpan.FromSeconds(3);

        // Gossip brings changes at once; the table is read this often in case gossip was lost.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);

        // After a crash of all silos at once the next ones find only dead members: these must not keep them from joining.
        options.MaxJoinAttemptTime = TimeSpan.FromSeconds(60);
        options.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(60);

        // Every restart leaves an entry; old ones are of use to nobody.
        options.DefunctSiloExpiration = TimeSpan.FromHours(1);
        options.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
    }
}
