using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using HealthGpt.Collectives.SharedMemory;
using HealthGpt.Collectives.Tls;

namespace HealthGpt.Collectives.Joining;

/// <summary>The called side of a join: reads who comes, demands the proof and hands the connection to the group that forms.</summary>
internal sealed class JoinAcceptor(GroupDirectory groups, Lazy<TlsIdentity> identity, JoinLog log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task AcceptAsync(Socket socket, CancellationToken stopped)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        limit.CancelAfter(Patience);
        EndPoint? caller = JoinLog.CallerOf(socket);
        TlsConnection? tls = null;
        try
        {
            JoinConnection connection = await JoinConnection.AcceptAsync(socket, identity, limit.Token);
            tls = connection.Tls;
            if (await TryAdmitAsync(connection, limit.Token))
                return;
        }
        catch (JoinRefusedException refusal)
        {
            log.Refused(caller, refusal.Refusal, refusal.Message);
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever called has gone or says nothing; the group's deadline speaks for those who were awaited.
        }
        tls?.Dispose();
        socket.Dispose();
    }

    private async Task<bool> TryAdmitAsync(JoinConnection connection, CancellationToken cancellation)
    {
        byte[] bytes = await JoinBlocks.ReadAsync(connection.Stream, cancellation);
        if (!Hello.TryParse(bytes, out Hello? hello))
            return await RefuseAsync(connection, JoinRefusal.Protocol, "this is a worker's port of another protocol version; use the same release on every worker", cancellation);
        if (groups.Find(hello, out GroupFormation? formation, out string? why) is { } refusal)
            return await RefuseAsync(connection, refusal, why, cancellation);
        if (connection.Encryption != formation!.Spec.Encryption)
            return await RefuseEncryptionAsync(connection, formation, hello, cancellation);

        byte[] challenge = RandomNumberGenerator.GetBytes(Hello.NonceBytes);
        await JoinBlocks.WriteAsync(connection.Stream, challenge, cancellation);
        byte[] proof = await JoinBlocks.ReadAsync(connection.Stream, cancellation);
        if (!JoinProof.Equal(JoinProof.OfConnector(formation.Spec.Secret, connection.Binding, challenge, bytes), proof))
        {
            formation.Note(hello.FromRank, "it did not prove the job's secret");
            return await RefuseAsync(connection, JoinRefusal.WrongSecret,
                $"rank {hello.ToRank} refused rank {hello.FromRank} of job '{hello.Job}'; the secret differs{JoinConnection.OrRelayed(connection)}; give every rank the same", cancellation);
        }
        await JoinBlocks.WriteAsync(connection.Stream, JoinProof.OfAcceptor(formation.Spec.Secret, connection.Binding, challenge, bytes), cancellation);
        return hello.Channel == Channel.Data
            ? await AnswerOfferAsync(connection, formation, hello, cancellation)
            : formation.TryAdd(hello.FromRank, hello.Channel, new PeerChannel(connection));
    }

    private Task<bool> RefuseEncryptionAsync(JoinConnection connection, GroupFormation formation, Hello hello, CancellationToken cancellation)
    {
        string why = connection.Tls is null ? $"rank {hello.FromRank} came without TLS, which this group demands" : $"rank {hello.FromRank} came with TLS, but this group has none";
        formation.Note(hello.FromRank, why);
        return RefuseAsync(connection, JoinRefusal.Encryption,
            $"rank {hello.ToRank} refused it: {why} (generation {hello.Generation} of job '{hello.Job}'); give every rank the same Encryption (tls in a job file)", cancellation);
    }

    private async Task<bool> AnswerOfferAsync(JoinConnection connection, GroupFormation formation, Hello hello, CancellationToken cancellation)
    {
        TransportOffer offer = TransportOffer.Parse(await JoinBlocks.ReadAsync(connection.Stream, cancellation));
        SharedSegment? segment = offer.TryOpen(formation.Spec, out string why);
        try
        {
            if (segment is null && (offer.Wanted == Transport.SharedMemory || formation.Spec.Transport == Transport.SharedMemory))
            {
                string refusal = $"ranks {hello.FromRank} and {hello.ToRank} of job '{hello.Job}' cannot share memory: {why}; set Transport to auto or tcp";
                formation.Fail(new JoinRefusedException(JoinRefusal.Transport, refusal));
                return await RefuseAsync(connection, JoinRefusal.Transport, refusal, cancellation);
            }
            if (segment is null && offer.Wanted == Transport.Auto && formation.Spec.Transport == Transport.Auto)
                log.SharesNoMemory(hello, why);
            int connections = Math.Clamp(offer.Connections, 1, formation.Spec.Connections);
            await JoinBlocks.WriteAsync(connection.Stream, TransportOffer.Answer(segment is null ? connections : 0), cancellation);
            if (!formation.TryAdd(hello.FromRank, hello.Channel, new PeerChannel(connection, segment, segment is null ? connections : 1)))
                return false;
            segment = null;
            return true;
        }
        finally
        {
            segment?.Dispose();
        }
    }

    private async Task<bool> RefuseAsync(JoinConnection connection, JoinRefusal refusal, string why, CancellationToken cancellation)
    {
        log.Refused(JoinLog.CallerOf(connection.Socket), refusal, why);
        await JoinBlocks.RefuseAsync(connection.Stream, refusal, why, cancellation);
        return false;
    }
}
