using Orleans.Configuration;

namespace HealthGpt.Cluster.Hosting;

/// <summary>How fast the cluster sees that a silo has died.</summary>
internal static class MembershipTimes
{
    public static void Apply(ClusterMembershipOptions options)
    {
        // The connections of a killed process are refused, so three probes of it fail within moments and it is voted out after about 3 s. One whose machine
        // vanished or hangs lets them time out, and Orleans waits until its connections have been silent for three times the longest probe: about 10 s. A
        // living silo whose every core computes answers from other threads, late but well within 2 s; shorter limits would sometimes vote such a silo out,
        // and it would have to end itself.
        options.ProbeTimeout = TimeSpan.FromSeconds(2);
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
