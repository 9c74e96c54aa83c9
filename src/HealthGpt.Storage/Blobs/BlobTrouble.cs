using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Models;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Blobs;

/// <summary>What the library throws, in words of this project and without keys, signatures or headers.</summary>
internal static class BlobTrouble
{
    public static bool IsOne(Exception error) =>
        error is RequestFailedException or AuthenticationFailedException or AggregateException or TimeoutException or IOException and not ArtifactException;

    /// <summary>Asks something of an account, given up when no byte has moved for as long as the deadline says.</summary>
    /// <param name="doing">What is attempted, such as "read".</param>
    /// <param name="address">On what.</param>
    /// <param name="access">How the account is reached.</param>
    /// <param name="ask">Asks with the guard's token, and reports to it what moves.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <exception cref="ArtifactException">It failed, or nothing moved any more.</exception>
    public static async Task<T> AskAsync<T>(string doing, BlobAddress address, StorageAccess access, Func<StallGuard, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(access.Deadline, cancellationToken);
        try
        {
            return await ask(guard);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && (IsOne(error) || error is OperationCanceledException))
        {
            throw Of(doing, address, error, access.Deadline);
        }
    }

    /// <summary>The same on the caller's thread.</summary>
    public static T Ask<T>(string doing, BlobAddress address, StorageAccess access, Func<StallGuard, T> ask, CancellationToken cancellationToken) =>
        AskAsync(doing, address, access, guard => Task.FromResult(ask(guard)), cancellationToken).GetAwaiter().GetResult();

    public static bool IsMissingBlob(RequestFailedException error) => error.Status == 404 && error.ErrorCode != BlobErrorCode.ContainerNotFound;

    private static ArtifactException Of(string doing, BlobAddress address, Exception error, TimeSpan deadline)
    {
        var (fault, reason) = Explain(address, error, deadline);
        return new ArtifactException($"'{address}' cannot be {doing}: {reason}", fault, error);
    }

    private static (ArtifactFault Fault, string Reason) Explain(BlobAddress address, Exception error, TimeSpan deadline) => error switch
    {
        AggregateException { InnerExceptions: [.., var last] } => Explain(address, last, deadline),
        AuthenticationFailedException => (ArtifactFault.Refused, $"no credential was accepted; set {StorageAccess.Variable}, or sign in where DefaultAzureCredential looks"),
        RequestFailedException { ErrorCode: "ContainerNotFound" } =>
            (ArtifactFault.Missing, $"account '{address.Account}' has no container '{address.Container}'; create it or correct the address"),
        RequestFailedException { Status: 401 or 403 } refused =>
            (ArtifactFault.Refused, $"there is no permission ({refused.ErrorCode ?? "status"} {refused.Status}); "
                + $"use a key, signature or identity that may read, write, list and delete blobs of container '{address.Container}'"),
        RequestFailedException { Status: 404 } => (ArtifactFault.Missing, "it does not exist"),
        RequestFailedException { Status: > 0 } answered => (ArtifactFault.Other, $"the server answers {answered.ErrorCode ?? "with status"} {answered.Status}"),
        OperationCanceledException or TimeoutException =>
            (ArtifactFault.Unreachable, $"nothing moved for {deadline.TotalSeconds:0.#} s; check the network and account '{address.Account}', then try again"),
        _ when IsOfUnknownHost(error) => (ArtifactFault.Missing, $"there is no account '{address.Account}', as nobody knows its host ({FirstLine(error.InnerException ?? error)}); correct the address"),
        _ => (ArtifactFault.Unreachable, $"account '{address.Account}' does not answer ({FirstLine(error.InnerException ?? error)}), "
            + $"asked again for up to {deadline.TotalSeconds:0.#} s; check the network and the account"),
    };

    // A network that is down says that it could not ask.
    private static bool IsOfUnknownHost(Exception? error) => error is not null && (error is SocketException { SocketErrorCode: SocketError.HostNotFound } || IsOfUnknownHost(error.InnerException));

    private static string FirstLine(Exception error) => error.Message.Split('\n', 2)[0].Trim();
}
