using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Collectives.Joining;

/// <summary>Logs what came of joins at a listener. What one caller repeats, as a peer that came too early does, is logged once a minute.</summary>
internal sealed class JoinLog(ILogger logger)
{
    private const int MostRemembered = 1024;
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(IPAddress?, JoinRefusal, string), long> _logged = [];

    /// <summary>Logs a refusal.</summary>
    /// <param name="caller">Who called.</param>
    /// <param name="refusal">Why, as a kind.</param>
    /// <param name="why">Why, in words; may hold what the caller sent.</param>
    public void Refused(EndPoint? caller, JoinRefusal refusal, string why)
    {
        if (!IsNews(((caller as IPEndPoint)?.Address, refusal, why)))
            return;
        // A peer that calls before the group forms here is no attack.
        LogLevel level = refusal == JoinRefusal.UnknownGroup ? LogLevel.Information : LogLevel.Warning;
        logger.Log(level, "A join from {Caller} was refused ({Refusal}): {Why}", caller, refusal, Printable(why));
    }

    /// <summary>Logs that two ranks which may share memory cannot.</summary>
    public void SharesNoMemory(Hello hello, string why) =>
        logger.LogInformation("Ranks {Caller} and {Called} of job '{Job}' share no memory, so their data goes over TCP: {Why}", hello.FromRank, hello.ToRank, hello.Job, why);

    /// <summary>The address of the other side; null where it has gone.</summary>
    public static EndPoint? CallerOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private bool IsNews((IPAddress?, JoinRefusal, string) key)
    {
        long now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            if (_logged.TryGetValue(key, out long last) && Stopwatch.GetElapsedTime(last, now) < Quiet)
                return false;
            if (_logged.Count == MostRemembered)
                _logged.Clear();
            _logged[key] = now;
            return true;
        }
    }

    // A job's name comes from the caller, who must not write lines of the log.
    private static string Printable(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));
}
