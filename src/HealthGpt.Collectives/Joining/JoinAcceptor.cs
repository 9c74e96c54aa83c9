using System.Net.Sockets;
using System.Security.Cryptography;
using HealthGpt.Collectives.SharedMemory;

namespace HealthGpt.Collectives.Joining;

/// <summary>The called side of a join: reads who comes, demands the proof and hands the connection to the group that forms.</summary>
internal sealed class JoinAcceptor(GroupDirectory groups)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task AcceptAsync(Socket socket, CancellationToken stopped)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        limit.CancelAfter(Patience);
        try
        {
            if (!await TryAdmitAsync(socket, limit.Token))
                socket.Dispose();
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException or ObjectDisposedException or JoinRefusedException)
        {
            // Whoever called has gone or never spoke our protocol; the group's deadline speaks for those who were awaited.
            socket.Dispose();
        }
    }

    private async Task<bool> TryAdmitAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] bytes = await JoinBlocks.ReadAsync(socket, cancellation);
        if (!Hello.TryParse(bytes, out Hello? hello))
            return await RefuseAsync(socket, JoinRefusal.Protocol, "this is a worker's port of another protocol version; use the same release on every worker", cancellation);
        if (groups.Find(hello, out GroupFormation? formation, out string? why) is { } refusal)
            return await RefuseAsync(socket, refusal, why, cancellation);

        byte[] challenge = RandomNumberGenerator.GetBytes(Hello.NonceBytes);
        await JoinBlocks.WriteAsync(socket, challenge, cancellation);
        byte[] proof = await JoinBlocks.ReadAsync(socket, cancellation);
        if (!JoinProof.Equal(JoinProof.OfConnector(formation!.Spec.Secret, bytes, challenge), proof))
        {
            formation.Note(hello.FromRank, "it did not prove the job's secret");
            return await RefuseAsync(socket, JoinRefusal.WrongSecret,
                $"rank {hello.ToRank} refused rank {hello.FromRank} of job '{hello.Job}'; the secret differs; give every rank the same", cancellation);
        }
        await JoinBlocks.WriteAsync(socket, JoinProof.OfAcceptor(formation.Spec.Secret, bytes, challenge), cancellation);
        return hello.Channel == Channel.Data ? await AnswerOfferAsync(socket, formation, hello, cancellation) : formation.TryAdd(hello.FromRank, hello.Channel, new PeerChannel(socket));
    }

    private static async Task<bool> AnswerOfferAsync(Socket socket, GroupFormation formation, Hello hello, CancellationToken cancellation)
    {
        TransportOffer offer = TransportOffer.Parse(await JoinBlocks.ReadAsync(socket, cancellation));
        SharedSegment? segment = offer.TryOpen(formation.Spec, out string why);
        try
        {
            if (segment is null && (offer.Wanted == Transport.SharedMemory || formation.Spec.Transport == Transport.SharedMemory))
            {
                string refusal = $"ranks {hello.FromRank} and {hello.ToRank} of job '{hello.Job}' cannot share memory: {why}; set Transport to auto or tcp";
                formation.Fail(new JoinRefusedException(JoinRefusal.Transport, refusal));
                return await RefuseAsync(socket, JoinRefusal.Transport, refusal, cancellation);
            }
            int connections = Math.Clamp(offer.Connections, 1, formation.Spec.Connections);
            await JoinBlocks.WriteAsync(socket, TransportOffer.Answer(segment is null ? connections : 0), cancellation);
            if (!formation.TryAdd(hello.FromRank, hello.Channel, new PeerChannel(socket, segment, segment is null ? connections : 1)))
                return false;
            segment = null;
            return true;
        }
        finally
        {
            segment?.Dispose();
        }
    }

    private static async Task<bool> RefuseAsync(Socket socket, JoinRefusal refusal, string why, CancellationToken cancellation)
    {
        await JoinBlocks.RefuseAsync(socket, refusal, why, cancellation);
        return false;
    }
}
