using HealthGpt.Cluster.Devices;
using HealthGpt.Cluster.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.TestingHost;

namespace HealthGpt.Cluster.TestingHost;

/// <summary>
/// A HealthGPT cluster inside a test: several silos in this process, connected in memory, each with one CPU device. Membership, grain state and reminders
/// belong to the cluster, so that it outlives any of its silos. Trainers, workers and engines are the real ones.
/// <code>
/// await using var cluster = await InMemoryHealthGptCluster.StartAsync(3, cacheFolder);
/// var trainer = cluster.Client.GetGrain&lt;ITrainerGrain&gt;("my-job");
/// await trainer.SubmitAsync(new JobSubmission { Yaml = yaml, BaseFolder = folder });
/// await cluster.KillSiloAsync(0);
/// </code>
/// </summary>
public sealed class InMemoryHealthGptCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;
    private readonly List<InProcessSiloHandle> _silos;

    private InMemoryHealthGptCluster(InProcessTestCluster cluster)
    {
        _cluster = cluster;
        _silos = [.. cluster.Silos.OrderBy(silo => silo.InstanceNumber)];
    }

    /// <summary>A client of the cluster.</summary>
    public IClusterClient Client => _cluster.Client;

    /// <summary>The names of the silos in the order in which they were started, killed ones included.</summary>
    public IReadOnlyList<string> SiloNames => [.. _silos.Select(silo => silo.Name)];

    /// <summary>Starts a cluster.</summary>
    /// <param name="silos">How many silos.</param>
    /// <param name="cacheFolder">Where replicas keep what can be computed again.</param>
    /// <param name="configure">Called for each silo before HealthGPT's own services are added, so that what it registers comes first; may be null.</param>
    /// <param name="devices">The devices of each silo; null for one CPU device.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<InMemoryHealthGptCluster> StartAsync(
        int silos, string cacheFolder, Action<ISiloBuilder>? configure = null, IReadOnlyList<string>? devices = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(silos, 1);

        var shelf = new SharedGrainStorage.Shelf();
        var reminders = new SharedReminderTable();
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((options, silo) =>
        {
            configure?.Invoke(silo);
            silo.AddReminders();
            silo.Services.AddSingleton<IReminderTable>(reminders);
            silo.Services.AddGrainStorage(HealthGptStorage.Name, (services, _) => new SharedGrainStorage(shelf, services.GetRequiredService<Serializer>()));
            silo.AddHealthGpt(new SiloDevices { SiloName = options.SiloName, CacheFolder = cacheFolder, Devices = devices ?? ["cpu:0"] });
        });
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync(cancellationToken);
            return new InMemoryHealthGptCluster(cluster);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a silo without a farewell, as a crash would: its grains are gone, its connections break, its state is not stored.</summary>
    public Task KillSiloAsync(int index) => _cluster.KillSiloAsync(_silos[index]);

    /// <summary>Ends the silo of that name, see <see cref="KillSiloAsync(int)"/>.</summary>
    public Task KillSiloAsync(string name) => KillSiloAsync(_silos.FindIndex(silo => silo.Name == name));

    /// <summary>Starts one more silo.</summary>
    /// <returns>Its index.</returns>
    public async Task<int> StartSiloAsync()
    {
        _silos.Add(await _cluster.StartAdditionalSiloAsync());
        return _silos.Count - 1;
    }

    /// <summary>The services of a living silo.</summary>
    public IServiceProvider ServicesOf(int index) => _silos[index].ServiceProvider;

    /// <summary>The address of a silo in this incarnation, as leases name it.</summary>
    public string AddressOf(int index) => _silos[index].SiloAddress.ToParsableString();

    /// <summary>Ends every silo and the client.</summary>
    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
}
