// Tests start several processes each, which compete for processors and have deadlines.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
