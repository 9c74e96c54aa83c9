using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("HealthGpt.Cluster.Tests")]
