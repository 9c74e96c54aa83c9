namespace HealthGpt.Data.Samples;

/// <summary>The folder of what can be made or fetched again.</summary>
public static class CacheFolder
{
    /// <summary>HEALTHGPT_CACHE where it is set, otherwise healthgpt in the user's cache folder (XDG_CACHE_HOME, ~/.cache); null where there is none.</summary>
    public static string? Default
    {
        get
        {
            if (Environment.GetEnvironmentVariable("HEALTHGPT_CACHE") is { Length: > 0 } own)
                return own;
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } caches)
                return Path.Combine(caches, "healthgpt");
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return home.Length > 0 ? Path.Combine(home, ".cache", "healthgpt") : null;
        }
    }
}
