namespace HealthGpt.Storage.Locations;

/// <summary>The name of a file or folder that lies directly in another: one that cannot lead out of it.</summary>
internal static class PlainName
{
    public static bool IsOne(string name) => name.Length > 0 && name == Path.GetFileName(name) && name is not ("." or "..");

    /// <exception cref="ArgumentException">It has folders in it, or is none.</exception>
    public static void Require(string name)
    {
        if (!IsOne(name)) throw new ArgumentException($"'{name}' is not a file name; use a plain name without folders.", nameof(name));
    }
}
