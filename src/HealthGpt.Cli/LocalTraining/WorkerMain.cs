using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using HealthGpt.Cli.Terminal;
using HealthGpt.Silo;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>
/// A worker process: one replica that takes its orders from standard input and tells of itself on standard output, a JSON document a line each. It ends when its input does, and so with the
/// process that started it, whatever way that one ends.
/// </summary>
internal static class WorkerMain
{
    /// <summary>How long it may take to end in good order: a checkpoint under way is finished.</summary>
    public static readonly TimeSpan StopBound = TimeSpan.FromSeconds(20);

    // Ctrl-C reaches every process of a terminal; the parent then ends its workers, which must not look lost to it before.
    private static readonly TimeSpan PatienceWithParent = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(Stream input, TextWriter output, CancellationToken asked)
    {
        using var ending = new CancellationTokenSource();
        using var heard = asked.Register(() => ending.CancelAfter(PatienceWithParent));
        var lines = Listen(input, ending.Token);
        if (!await lines.WaitToReadAsync(CancellationToken.None) || !lines.TryRead(out var first)) return;

        var start = JsonSerializer.Deserialize<WorkerStart>(first, CommandOutput.JsonForm)!;
        using var logs = new FileLoggerProvider(start.LogFile);
        var told = Channel.CreateUnbounded<WorkerMessage>(new UnboundedChannelOptions { SingleReader = true });
        var telling = TellAsync(told.Reader, output);
        await using (var host = new ReplicaHost(
            TrainingJob.Parse(start.Job, "/"),
            new ReplicaOptions { Name = start.Name, CacheFolder = start.CacheFolder, DeviceIndex = start.DeviceIndex },
            progress => told.Writer.TryWrite(new WorkerMessage { Progress = progress }),
            logs.CreateLogger(start.Name)))
        {
            await foreach (var line in lines.ReadAllAsync(CancellationToken.None))
            {
                var order = JsonSerializer.Deserialize<WorkerOrder>(line, CommandOutput.JsonForm)!;
                if (order.Join is { } assignment) host.Join(assignment);
                told.Writer.TryWrite(new WorkerMessage { Answered = order.Join?.Generation, Present = order.Call });
            }

            // What is left to tell is only that it goes.
            told.Writer.Complete();
            HardStop.After(StopBound);
        }

        await telling;
    }

    /// <summary>The lines of a stream until it ends, breaks, or nobody wants them any more. Read on a thread of their own: reading standard input cannot be cancelled.</summary>
    private static ChannelReader<string> Listen(Stream input, CancellationToken ending)
    {
        var lines = Channel.CreateUnbounded<string>();
        ending.Register(() => lines.Writer.TryComplete());
        new Thread(() =>
        {
            try
            {
                using var reader = new StreamReader(input, Encoding.UTF8);
                while (reader.ReadLine() is { } line) lines.Writer.TryWrite(line);
            }
            catch (IOException)
            {
                // A broken pipe says the same as its end.
            }

            lines.Writer.TryComplete();
        })
        {
            IsBackground = true,
            Name = "orders",
        }.Start();
        return lines.Reader;
    }

    private static async Task TellAsync(ChannelReader<WorkerMessage> told, TextWriter output)
    {
        try
        {
            await foreach (var message in told.ReadAllAsync())
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(message, CommandOutput.JsonForm));
                await output.FlushAsync();
            }
        }
        catch (IOException)
        {
            // Nobody listens any more: the parent is gone, and the end of the input follows.
        }
    }
}
