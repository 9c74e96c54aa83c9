using System.Globalization;
using System.Text;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>One file a silo with the time it last said that it is alive: written by that silo only, so that it waits for no lock.</summary>
internal sealed class SignsOfLife(string folder)
{
    private const string Kind = "sign of life";
    private const string Extension = ".alive";

    /// <summary>Records that <paramref name="silo"/> was alive at <paramref name="at"/>.</summary>
    public void Write(string silo, DateTime at) =>
        new SealedFile(Kind, silo, ETags.After(null), Encoding.ASCII.GetBytes(at.ToString("O", CultureInfo.InvariantCulture))).Write(PathOf(silo));

    /// <summary>When <paramref name="silo"/> last said that it is alive; null if it has not yet.</summary>
    public DateTime? Read(string silo)
    {
        string path = PathOf(silo);
        if (SealedFile.Read(path, Kind, silo) is not { } file)
            return null;
        string text = Encoding.ASCII.GetString(file.Content.Span);
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime at)
            ? at
            : throw SealedFile.Damaged(path, Kind, $"'{text}' is no time");
    }

    /// <summary>Forgets all silos but those of <paramref name="silos"/>.</summary>
    public void KeepOnly(IEnumerable<string> silos)
    {
        var kept = silos.Select(PathOf).ToHashSet(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Extension).Where(p => !kept.Contains(p)))
            AtomicFile.Delete(path);
    }

    private string PathOf(string silo) => Path.Combine(folder, SafeFileName.For(silo) + Extension);
}
