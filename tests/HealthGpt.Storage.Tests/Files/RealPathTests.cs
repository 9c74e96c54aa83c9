using System.Collections.Concurrent;
using System.Diagnostics;
using HealthGpt.Storage.Files;
using Xunit;

namespace HealthGpt.Storage.Tests.Files;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TwoNamesOfAPlace_AreSame_AlsoBehindLinksAndWhereNothingIsYet()
    {
        Directory.CreateDirectory(_folder["real"]);
        Directory.CreateSymbolicLink(_folder["link"], "real");
        File.CreateSymbolicLink(_folder["file"], _folder["link/new"]);

        Assert.True(RealPath.AreSame(_folder["real/new"], _folder["link/../link/new"]));
        Assert.True(RealPath.AreSame(_folder["real/new"], _folder["file"]));
        Assert.False(RealPath.AreSame(_folder["real/new"], _folder["real/newer"]));
        Assert.True(RealPath.IsIn(_folder["link/a/b"], _folder["real"] + "/"));
        Assert.False(RealPath.IsIn(_folder["really"], _folder["real"]));
        Assert.True(RealPath.IsIn(_folder["real"], "/"));
    }

    [Fact]
    public async Task LinksLead_WhereTheSystemSaysTheyDo()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        // New names lie in folders alone: behind a link they might lie anywhere.
        List<string> folders = [RealPath.Of(_folder.Path)], links = [];
        for (var at = 0; at < 80; at++)
        {
            var name = Path.Combine(folders[random.Next(folders.Count)], $"real-path-{at}");
            if (random.Next(3) == 0)
            {
                folders.Add(Directory.CreateDirectory(name).FullName);
                continue;
            }

            links.Add(name);
            File.CreateSymbolicLink(name, string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(2) == 0 ? ".." : $"real-path-{random.Next(at + 1)}")));
        }

        List<string> names = [.. links, .. links.SelectMany(link => Enumerable.Range(0, 80).Select(at => Path.Combine(link, $"real-path-{at}"))).Where(Path.Exists)];
        var start = new ProcessStartInfo("realpath") { RedirectStandardOutput = true, RedirectStandardError = true, ArgumentList = { "-e", "--" } };
        foreach (var name in names) start.ArgumentList.Add(name);
        using var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var expected = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // What the system does not resolve, it names in a complaint and leaves out.
        var broken = (await complaints).Split('\n').Where(line => line.Contains(": ", StringComparison.Ordinal)).Select(line => line.Split(": ")[1].Trim('\'')).ToHashSet();
        var known = new ConcurrentDictionary<string, string>();
        string[] whole = [.. names.Where(name => !broken.Contains(name))];
        Assert.True(whole.Length > 40, $"seed {Seed}: only {whole.Length} of the links lead anywhere");
        Assert.Equal(expected, whole.Select(name => RealPath.Of(name)));
        Assert.Equal(expected, whole.Select(name => RealPath.Of(name, known)));
        Assert.Equal(expected, whole.Select(name => RealPath.Of(OrdinaryFile.Resolved(name).FullName)));
    }

    [Fact]
    public void LinksInACircle_AreAnError()
    {
        File.CreateSymbolicLink(_folder["a"], "b");
        File.CreateSymbolicLink(_folder["b"], "a");

        Assert.Contains("lead in a circle", Assert.Throws<IOException>(() => RealPath.Of(_folder["a"])).Message, StringComparison.Ordinal);
    }
}
