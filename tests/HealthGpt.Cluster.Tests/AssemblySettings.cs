using Xunit;

// Every cluster test has several silos, whose deadlines mean little when they compete with those of other tests for two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
