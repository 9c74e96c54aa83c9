using System.Diagnostics;
using HealthGpt.Cli.Commands;
using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Tests.Commands;

public sealed class ImageArgumentTests : IDisposable
{
    private const string NotOrdinary = "it has no bytes: it is empty, or a pipe or device instead of an ordinary file";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(false), InlineData(true)]
    public async Task ANamedPipe_IsRefusedWithoutWaitingForItsOtherEnd(bool linked)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("named pipes are no files there");
        using (var made = Process.Start("mkfifo", [_folder["pipe.png"]]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, made.ExitCode);
        }

        File.CreateSymbolicLink(_folder["link.png"], _folder["pipe.png"]);

        await RefusesAsync(_folder[linked ? "link.png" : "pipe.png"], NotOrdinary);
    }

    [Theory, InlineData("/dev/zero"), InlineData("/dev/null")]
    public async Task ADevice_IsRefusedWithoutReadingIt(string device)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("devices are no files there");

        await RefusesAsync(device, NotOrdinary);
    }

    [Fact]
    public Task AFolder_IsRefusedAsOne() => RefusesAsync(_folder.Path, "it is a folder");

    [Fact]
    public Task AMissingFile_IsRefusedAsMissing() => RefusesAsync(_folder["nowhere.png"], "there is no such file");

    [Fact]
    public async Task AnEmptyFile_AndALinkToNowhere_AreRefused()
    {
        File.CreateSymbolicLink(_folder["link.png"], _folder["nowhere.png"]);

        await RefusesAsync(_folder.Write("empty.png", ""), NotOrdinary);
        await RefusesAsync(_folder["link.png"], "");
    }

    [Fact]
    public Task AFileThatIsNoPicture_IsRefused() => RefusesAsync(_folder.Write("text.png", "no picture"), "");

    [Fact]
    public async Task AFileLongerThanAnyPicture_IsRefusedBeforeItIsRead()
    {
        using (var file = File.Create(_folder["long.png"])) file.SetLength((8L << 30) + 1);
        var before = GC.GetTotalAllocatedBytes();

        await RefusesAsync(_folder["long.png"], "it has 8589934593 bytes, more than the limit of 269484032");

        Assert.True(GC.GetTotalAllocatedBytes() - before < 16 << 20);
    }

    [Fact]
    public void APicture_IsReadThroughALink()
    {
        new RgbImage(4, 4, new byte[48]).SavePng(_folder["picture.png"]);
        File.CreateSymbolicLink(_folder["link.png"], "picture.png");

        Assert.Equal(File.ReadAllBytes(_folder["picture.png"]), ImageArgument.Read(_folder["link.png"]));
    }

    private static async Task RefusesAsync(string path, string why)
    {
        var read = Task.Run(() => ImageArgument.Read(path), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<CommandException>(() => read.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Assert.Equal(ExitCodes.WrongArguments, error.ExitCode);
        Assert.StartsWith($"--image is '{path}'; {why}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; name a PNG or JPEG file", error.Message, StringComparison.Ordinal);
    }
}
