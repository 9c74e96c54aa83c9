using HealthGpt.Silo;

namespace HealthGpt.Cli.Tests.Silo;

public sealed class SiloConfigurationTests
{
    private const string File = "/etc/healthgpt/healthgpt.yaml";

    [Fact]
    public void Parse_AWholeFile_ReadsEveryValueAndAnchorsPathsAtItsFolder()
    {
        var configuration = SiloConfiguration.Parse(
            """
            name: silo-1
            cluster: { folder: ../cluster }
            ports: { silo: 11111, gateway: 30000 }
            devices: [cpu:0, cuda:1]
            cache: /var/cache/healthgpt
            threads: 4
            """,
            File);

        Assert.Equal("silo-1", configuration.Name);
        Assert.Equal("/etc/cluster", configuration.ClusterFolder);
        Assert.Equal((11111, 30000), (configuration.SiloPort, configuration.GatewayPort));
        Assert.Equal(["cpu:0", "cuda:1"], configuration.Devices);
        Assert.Equal("/var/cache/healthgpt", configuration.CacheFolder);
        Assert.Equal(4, configuration.Threads);
        Assert.Equal("/etc/healthgpt/silo-1.log", configuration.LogFile);
    }

    [Fact]
    public void ToYaml_IsReadBackAsTheSame()
    {
        var configuration = new SiloConfiguration
        {
            Name = "silo-1",
            ClusterFolder = "/data/it's here: #1",
            SiloPort = 1,
            GatewayPort = 2,
            Devices = ["cpu:0"],
            CacheFolder = "/cache",
            Threads = 1,
            LogFile = "/log",
            StorageConnectionString = "AccountName=a;AccountKey=secret'=",
        };

        Assert.DoesNotContain("secret", $"{configuration}", StringComparison.Ordinal);
        var read = SiloConfiguration.Parse(configuration.ToYaml(), File);

        Assert.Equal(configuration.Devices, read.Devices);
        Assert.Equal(configuration with { Devices = read.Devices }, read);
    }

    [Fact]
    public void Parse_AFileWithManyMistakes_NamesThemAll()
    {
        var wrong = Assert.Throws<SiloConfigurationException>(() => SiloConfiguration.Parse(
            """
            name: silo 1
            cluster: { foldr: x }
            ports: { silo: 70000, gateway: many }
            devices: [gpu0]
            threads: 0
            """,
            File));

        var said = wrong.Problems.Select(problem => problem.ToString()).ToArray();
        Assert.Contains(said, line => line.Contains("'name' is 'silo 1'", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("'cluster.foldr' is 'x': there is no such key; did you mean 'cluster.folder'?", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("'cluster.folder' is missing", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("'ports.silo' is '70000': must be a whole number from 1 to 65535", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("'ports.gateway' is 'many'", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("'devices' is 'gpu0'", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("'threads' is '0'", StringComparison.Ordinal));
        Assert.Equal(7, said.Length);
    }

    [Fact]
    public void Parse_OnePortForBoth_IsRefused()
    {
        var wrong = Assert.Throws<SiloConfigurationException>(() =>
            SiloConfiguration.Parse("name: a\ncluster: { folder: c }\nports: { silo: 5000, gateway: 5000 }\n", File));

        Assert.Equal("'ports.gateway' is '5000': must differ from ports.silo", Assert.Single(wrong.Problems).ToString());
    }

    [Theory]
    [InlineData("name: [")]
    [InlineData("- a\n- b\n")]
    [InlineData("")]
    public void Parse_WhatIsNoConfiguration_IsRefused(string yaml)
    {
        var wrong = Assert.Throws<SiloConfigurationException>(() => SiloConfiguration.Parse(yaml, File));

        Assert.Contains(wrong.Problems, problem => problem.Key == "(file)");
    }
}
