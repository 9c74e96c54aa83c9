using HealthGpt.Cli.LocalTraining;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Tests.LocalTraining;

public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_IsForOneRunAtATime()
    {
        using (RunFolder.Open(Job()))
        {
            var refused = Assert.Throws<CommandException>(() => RunFolder.Open(Job()));
            Assert.Equal(
                $"'{_folder["run"]}' is in use; another 'train run' trains into it; wait for its end, or give this job another 'checkpoints.to'", refused.Message);
        }

        RunFolder.Open(Job()).Dispose();
    }

    [Theory]
    [InlineData("out")]
    [InlineData("run")]
    public void FolderOfLogs_IsForOneRunAtATime_WhateverItsCheckpoints(string folder)
    {
        using (RunFolder.Open(Job(folder)))
        {
            var refused = Assert.Throws<CommandException>(() => RunFolder.Open(Job(folder, "other")));
            Assert.Equal($"'{_folder[folder]}' is in use; another 'train run' writes its log there; wait for its end, or name another folder with --out", refused.Message);
        }

        Directory.CreateSymbolicLink(_folder["link"], _folder[folder]);
        RunFolder.Open(Job("link", folder)).Dispose();
        RunFolder.Open(Job(folder, "other")).Dispose();
    }

    [Theory]
    [InlineData(".train-run.lock", "run", "'checkpoints.to' in the job file")]
    [InlineData("events.jsonl", "run", "'checkpoints.to' in the job file")]
    [InlineData(".train-log.lock", "out", "--out")]
    [InlineData("events.jsonl", "out", "--out")]
    public void FolderThatCannotBeWritten_IsNotCalledInUse_AndIsNamedWithItsSetting(string file, string folder, string setting)
    {
        // Where the file should be is a folder, which nobody may open for writing.
        Directory.CreateDirectory(_folder[$"{folder}/{file}"]);

        var refused = Assert.Throws<CommandException>(() => RunFolder.Open(Job(folder)));

        Assert.Equal($"'{_folder[folder]}' cannot be written; Access to the path '{_folder[$"{folder}/{file}"]}' is denied; make it writable, or name another folder with {setting}", refused.Message);
        RunFolder.Open(Job("elsewhere", "other")).Dispose();
    }

    private LocalJob Job(string folder = "run", string to = "run") => new()
    {
        Job = TrainingJob.Parse(
            $"{{ name: a, model: m, data: d, checkpoints: {{ to: {to} }}, stages: [{{ stage: adaptation, mixed: {{ steps: 9, batch: 4, learningRate: 1 }} }}] }}", _folder[""]),
        Folder = _folder[folder],
    };
}
