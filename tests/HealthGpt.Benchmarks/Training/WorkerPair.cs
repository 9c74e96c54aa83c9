using System.Diagnostics;
using System.Globalization;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;

namespace HealthGpt.Benchmarks.Training;

/// <summary>Two worker processes that train at the same time, in one group or each on its own.</summary>
internal sealed class WorkerPair : IDisposable
{
    private const int Workers = 2;

    private readonly List<Process> _workers;
    private double _seconds;
    private double _waited;
    private double _exposed;

    /// <param name="data">The dataset file.</param>
    /// <param name="together">Whether they are one group.</param>
    public WorkerPair(string data, bool together)
    {
        _workers = [.. Enumerable.Range(0, Workers).Select(_ => Process.Start(OwnProgram.With(WorkerProgram.Command, data))!)];
        string[] members = [.. _workers.Select(Answer)];
        for (var rank = 0; rank < Workers; rank++) Send(_workers[rank], together ? string.Join(' ', members) : members[rank]);
        foreach (var worker in _workers)
        {
            if (Answer(worker) is var answer && answer != "ready") throw new InvalidOperationException($"a worker says '{answer}' instead of being ready");
        }
    }

    /// <summary>A side whose time is that in which both together would take the steps of each at the sum of their rates.</summary>
    public Side Steps(string name) => new(name, times =>
    {
        foreach (var worker in _workers) Send(worker, string.Create(CultureInfo.InvariantCulture, $"{times}"));
        double[][] answers = [.. _workers.Select(worker => Array.ConvertAll(Answer(worker).Split(' '), number => double.Parse(number, CultureInfo.InvariantCulture)))];
        _seconds += answers.Sum(answer => answer[0]);
        _waited += answers.Sum(answer => answer[1]);
        // Who comes last finds the other there: what it waits for is the exchange itself.
        _exposed += Workers * answers.Min(answer => answer[1]);
        return TimeSpan.FromSeconds(Workers / answers.Sum(answer => 1 / answer[0]));
    })
    {
        Note = () => string.Create(CultureInfo.InvariantCulture, $"{100 * _waited / _seconds:F2} % of it waiting at the end of a step, the later of the two {100 * _exposed / _seconds:F2} %"),
    };

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.StandardInput.Close();
            if (!worker.WaitForExit(TimeSpan.FromSeconds(10))) worker.Kill();
            worker.Dispose();
        }
    }

    private static void Send(Process worker, string line)
    {
        worker.StandardInput.WriteLine(line);
        worker.StandardInput.Flush();
    }

    private static string Answer(Process worker) => worker.StandardOutput.ReadLine() ?? throw new InvalidOperationException("a worker ended; what it said stands above");
}
