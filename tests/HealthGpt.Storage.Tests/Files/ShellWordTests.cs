using System.Diagnostics;
using HealthGpt.Storage.Files;

namespace HealthGpt.Storage.Tests.Files;

public sealed class ShellWordTests
{
    [Theory]
    [InlineData("/data/models/nano-1_b.v2", "/data/models/nano-1_b.v2")]
    [InlineData("modèle", "modèle")]
    [InlineData("", "\"\"")]
    [InlineData("my model", "\"my model\"")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("a\"b\\c$HOME`id`d", "\"a\\\"b\\\\c\\$HOME\\`id\\`d\"")]
    [InlineData("a*b?c;d&e|f(g)~#\nh", "\"a*b?c;d&e|f(g)~#\nh\"")]
    [InlineData("ends with a line\n", "\"ends with a line\n\"")]
    public async Task Path_IsOneWordToAShell(string path, string word)
    {
        Assert.Equal(word, ShellWord.Of(path));

        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, ArgumentList = { "-c", $"printf '<%s>' {word}" } };
        using var shell = Process.Start(start)!;
        var printed = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal($"<{path}>", printed);
    }
}
