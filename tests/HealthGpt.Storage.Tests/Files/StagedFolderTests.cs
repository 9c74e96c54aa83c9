using HealthGpt.Storage.Files;

namespace HealthGpt.Storage.Tests.Files;

public sealed class StagedFolderTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_folder_that_is_not_put_in_its_place_leaves_nothing_not_even_the_folders_above_it()
    {
        using (var staged = new StagedFolder(_root["a/b/new"]))
        {
            Write(staged, "x");
            Assert.True(StagedFolder.IsFree(_root["a/b/new"]));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_root.Path));
    }

    [Fact]
    public void What_lies_beside_it_stays_as_it_is()
    {
        foreach (var name in (string[])["new.writing", "new.old", ".new.tmp~"]) File.WriteAllText(Path.Combine(Directory.CreateDirectory(_root[name]).FullName, "own"), "mine");

        for (var round = 0; round < 2; round++)
        {
            using var staged = new StagedFolder(_root["new"]);
            Write(staged, $"x{round}");
            staged.PutInPlace();
        }

        Assert.Equal([".new.tmp~", "new", "new.old", "new.writing"], Directory.EnumerateFileSystemEntries(_root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([_root["new/x1"]], Directory.EnumerateFileSystemEntries(_root["new"]));
        Assert.Equal("mine", File.ReadAllText(_root["new.writing/own"]));
    }

    [Fact]
    public void An_empty_folder_that_a_link_leads_to_is_filled_where_it_is()
    {
        var disk = Directory.CreateDirectory(_root["disk"]).FullName;
        Directory.CreateSymbolicLink(_root["link"], disk);

        using (var staged = new StagedFolder(_root["link"]))
        {
            Write(staged, "x");
            Directory.CreateDirectory(Path.Combine(staged.Path, "part"));
            Assert.True(StagedFolder.IsFree(_root["link"]));
            staged.PutInPlace(last: "x");
        }

        Assert.NotNull(new DirectoryInfo(_root["link"]).LinkTarget);
        Assert.Equal(["part", "x"], Directory.EnumerateFileSystemEntries(disk).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(StagedFolder.IsFree(_root["link"]));
    }

    [Fact]
    public void What_a_killed_process_left_goes_when_the_next_is_written()
    {
        var left = Directory.CreateDirectory(_root[".healthgpt-writing-0"]).FullName;
        File.WriteAllText(Path.Combine(left, ScratchFolder.MarkName), "");
        var young = Directory.CreateDirectory(_root[".healthgpt-writing-1.making"]).FullName;
        File.WriteAllText(Path.Combine(young, ScratchFolder.MarkName), "");

        using (new StagedFolder(_root["new"])) Assert.False(Directory.Exists(left));

        // Its owner may be about to lock its mark.
        Assert.True(Directory.Exists(young));
        Directory.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddDays(-2));
        using (new StagedFolder(_root["new"])) Assert.False(Directory.Exists(young));
    }

    [Fact]
    public void A_name_that_no_disk_takes_is_refused_before_anything_is_written() =>
        Assert.Contains("its name is longer than 255 bytes", Assert.Throws<IOException>(() => new StagedFolder(_root[new string('n', 256)])).Message, StringComparison.Ordinal);

    [Fact]
    public void What_a_killed_process_left_in_a_folder_counts_as_nothing()
    {
        Directory.CreateDirectory(_root["place/.healthgpt-writing-0/new"]);

        Assert.True(StagedFolder.IsFree(_root["place"]));
        Assert.Empty(StagedFolder.EntriesOf(_root["place"]));
    }

    [Fact]
    public void A_folder_that_a_link_leads_to_is_replaced_where_it_is()
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(_root["disk"]).FullName, "old"), "");
        Directory.CreateSymbolicLink(_root["link"], _root["disk"]);

        using (var staged = new StagedFolder(_root["link"]))
        {
            Write(staged, "x");
            staged.PutInPlace();
        }

        Assert.NotNull(new DirectoryInfo(_root["link"]).LinkTarget);
        Assert.Equal([_root["disk/x"]], Directory.EnumerateFileSystemEntries(_root["disk"]));
        Assert.Equal(["disk", "link"], Directory.EnumerateFileSystemEntries(_root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_root_of_a_disk_is_not_replaced()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "disks have other roots here");

        Assert.Contains("is the root of a disk and not empty", Assert.Throws<IOException>(() => new StagedFolder("/proc")).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void A_folder_that_was_empty_at_the_start_and_has_filled_is_not_replaced(bool replace)
    {
        Directory.CreateDirectory(_root["new"]);
        using (var staged = new StagedFolder(_root["new"]))
        {
            Write(staged, "x");
            File.WriteAllText(_root["new/own"], "mine");

            Assert.Contains("is no longer empty", Assert.Throws<IOException>(() => staged.PutInPlace(replace: replace)).Message, StringComparison.Ordinal);
        }

        Assert.Equal([_root["new/own"]], Directory.EnumerateFileSystemEntries(_root["new"]));
    }

    [Fact]
    public void A_folder_that_has_come_in_between_is_not_replaced()
    {
        using (var staged = new StagedFolder(_root["new"]))
        {
            Write(staged, "x");
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(_root["new"]).FullName, "own"), "mine");

            Assert.Contains("is no longer empty", Assert.Throws<IOException>(() => staged.PutInPlace(replace: false)).Message, StringComparison.Ordinal);
        }

        Assert.Equal([_root["new/own"]], Directory.GetFiles(_root["new"]));
    }

    [Fact]
    public void A_place_where_nobody_may_write_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no folder here that not even root may write to");

        Assert.Equal("'/sys/healthgpt-new': this user may not write there", FileTrouble.WithPath(Assert.Throws<IOException>(() => new StagedFolder("/sys/healthgpt-new"))));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_named_as_the_caller_named_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no folder here that not even root may write to");

        Assert.Contains("'/sys/healthgpt.bin'", FileTrouble.WithPath(Assert.ThrowsAny<SystemException>(() => AtomicFile.Write("/sys/healthgpt.bin", [1]))), StringComparison.Ordinal);
    }

    private static void Write(StagedFolder staged, string name) => File.WriteAllText(Path.Combine(staged.Path, name), name);
}
