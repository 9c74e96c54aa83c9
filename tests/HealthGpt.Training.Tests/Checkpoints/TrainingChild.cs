using System.Globalization;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Training.Tests.Checkpoints;

/// <summary>
/// A real other process that trains a job alone: this program, started again with a variable that names the job file. It says each step, each checkpoint and each
/// problem of one in a line, and ends when its standard input does.
/// </summary>
internal static class TrainingChild
{
    public const string Variable = "HEALTHGPT_TEST_TRAIN";

    /// <summary>Trains if the variable is set.</summary>
    /// <returns>Whether it is.</returns>
    public static bool TrainIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path) return false;
        var job = TrainingJob.Parse(File.ReadAllText(path), Path.GetDirectoryName(path)!);
        var parent = Task.Run(Console.In.ReadToEnd);
        var host = new ReplicaHost(job, new ReplicaOptions { CacheFolder = Path.Combine(Path.GetDirectoryName(path)!, "cache"), Name = "child" });
        Watch(host, parent);
        host.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return true;
    }

    private static void Watch(ReplicaHost host, Task parent)
    {
        var joined = false;
        var told = new WorkerProgress { State = WorkerState.Preparing, Generation = 0, CommittedSteps = 0, EndPoint = "", Fingerprint = "", Steps = [] };
        while (!parent.IsCompleted)
        {
            var now = host.Progress(long.MaxValue);
            Tell(told, now);
            told = now;
            if (now.State is WorkerState.Completed or WorkerState.Failed) return;
            if (now.State == WorkerState.Ready && !joined)
            {
                host.Join(new GroupAssignment { Generation = 1, Rank = 0, Members = [now.EndPoint], Secret = "secret" });
                joined = true;
            }

            Thread.Sleep(1);
        }
    }

    private static void Tell(WorkerProgress before, WorkerProgress now)
    {
        if (now.CommittedSteps != before.CommittedSteps) Say("step", now.CommittedSteps.ToString(CultureInfo.InvariantCulture));
        if (now.Checkpoint is { } written && written != before.Checkpoint) Say("checkpoint", written.Step.ToString(CultureInfo.InvariantCulture));
        if (now.CheckpointProblem is { } problem && problem != before.CheckpointProblem) Say("problem", problem);
        if (now.State == WorkerState.Completed) Say("done", now.WeightsSha256!);
        if (now.State == WorkerState.Failed) Say("failed", now.Error!);
    }

    private static void Say(string what, string text)
    {
        Console.WriteLine($"{what} {text.ReplaceLineEndings(" ")}");
        Console.Out.Flush();
    }
}
