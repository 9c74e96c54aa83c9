namespace HealthGpt.Model.Weights.Pickles;

/// <summary>Refuses object graphs that no file of tensors has: containers within themselves, and those that share parts until they are vast when written out.</summary>
internal static class PickleGraph
{
    /// <summary>Most objects that a pickle may hold, counting shared ones each time.</summary>
    public const long MostObjects = 10_000_000;

    /// <exception cref="WeightFileException">The graph is recursive or too large.</exception>
    public static void Check(object? root, string file)
    {
        if (root is not PickleContainer first) return;

        // A stack of its own: the depth is the file's choice.
        var open = new Stack<(PickleContainer Container, int Next)>();
        open.Push((first, 0));
        first.WrittenOut = 0;
        while (open.TryPop(out var top))
        {
            var (container, next) = top;
            while (next < container.Items.Count && container.Items[next] is not PickleContainer { WrittenOut: not > 0 }) next++;
            if (next == container.Items.Count)
            {
                container.WrittenOut = SizeOf(container, file);
                continue;
            }

            var child = (PickleContainer)container.Items[next]!;
            if (child.WrittenOut == 0) throw new WeightFileException(file, $"has a pickle with a container ({child.Kind}) that contains itself; a file of tensors has none");
            child.WrittenOut = 0;
            open.Push((container, next));
            open.Push((child, 0));
        }
    }

    private static long SizeOf(PickleContainer container, string file)
    {
        var size = 1L;
        foreach (var item in container.Items)
        {
            size += item is PickleContainer part ? part.WrittenOut!.Value : 1;
            if (size > MostObjects)
                throw new WeightFileException(file, $"has a pickle whose shared parts grow to more than {MostObjects} objects when written out; a file of tensors holds fewer");
        }

        return size;
    }
}
