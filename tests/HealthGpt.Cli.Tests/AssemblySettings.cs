// Tests run whole commands, which compete for processors and, some of them, for the console.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
