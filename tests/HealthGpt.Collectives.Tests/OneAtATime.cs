using Xunit;

// Sockets and threads of the process are counted, and deadlines are measured.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
