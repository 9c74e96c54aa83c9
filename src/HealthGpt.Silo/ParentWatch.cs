namespace HealthGpt.Silo;

/// <summary>
/// Notices the end of the parent process by the end of standard input: the kernel closes the parent's end of the pipe however the parent died,
/// so a silo started as a child never outlives its parent.
/// </summary>
public static class ParentWatch
{
    /// <summary>Starts to watch; <paramref name="gone"/> is called once, on a thread of its own.</summary>
    public static void Start(Stream input, Action gone)
    {
        var thread = new Thread(() => Watch(input, gone)) { IsBackground = true, Name = "parent watch" };
        thread.Start();
    }

    private static void Watch(Stream input, Action gone)
    {
        var buffer = new byte[64];
        try
        {
            while (input.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe says the same as its end.
        }

        gone();
    }
}
