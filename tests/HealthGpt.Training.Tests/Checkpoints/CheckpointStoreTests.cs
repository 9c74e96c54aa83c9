using HealthGpt.Training.Checkpoints;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("healthgpt-checkpoints-");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Torn_checkpoints_of_later_steps_take_no_whole_ones_place(int keep)
    {
        Write(keep, 40);
        foreach (var step in new[] { 70, 80 })
            Tear(step);

        Write(keep, 60);

        var left = _root.EnumerateDirectories().Select(folder => folder.Name).Order();
        Assert.Equal(keep == 1 ? ["step-00000060"] : ["step-00000040", "step-00000060"], left);
        var found = new CheckpointStore(Policy(keep)).FindLatest();
        Assert.Equal("step-00000060", Path.GetFileName(found?.FolderPath));
    }

    private CheckpointPolicy Policy(int keep) => new(_root.FullName, 20, keep);

    private void Write(int keep, long step)
    {
        var store = new CheckpointStore(Policy(keep));
        store.Write(step, [[1, 2, 3]], new Dictionary<string, string>());
        store.WaitForWrites();
    }

    private void Tear(int step)
    {
        var folder = _root.CreateSubdirectory($"step-{step:D8}");
        File.WriteAllBytes(Path.Combine(folder.FullName, "state-00000.safetensors"), [1]);
    }
}
