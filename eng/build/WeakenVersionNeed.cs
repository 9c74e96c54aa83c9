using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Marks one symbol version that a 64-bit ELF library needs as weak (flag VER_FLG_WEAK in its <c>.gnu.version_r</c> entry), unless the
/// machine's copy of the providing library has that version. The library is replaced by a patched copy, never written in place: it may be a
/// hard link into the package cache. Layout: System V ABI and the LSB's "Symbol Versioning".
/// </summary>
public class WeakenVersionNeed : Task
{
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 2;                      // VER_FLG_WEAK

    /// <summary>The library to patch.</summary>
    [Required]
    public string Library { get; set; }

    /// <summary>The needed version's name, such as GLIBCXX_3.4.32.</summary>
    [Required]
    public string VersionName { get; set; }

    /// <summary>File name of the library that would provide the version.</summary>
    [Required]
    public string ProvidedBy { get; set; }

    /// <inheritdoc />
    public override bool Execute()
    {
        if (MachineHasVersion()) return true;

        var image = File.ReadAllBytes(Library);
        var flags = FindFlags(image);
        if (flags < 0 || BitConverter.ToUInt16(image, flags) == Weak) return true;

        image[flags] = (byte)Weak;
        image[flags + 1] = 0;
        Replace(image);
        Log.LogMessage(MessageImportance.High, "{0}: {1} is not in this machine's {2}; its need is now weak.", Path.GetFileName(Library), VersionName, ProvidedBy);
        return true;
    }

    private void Replace(byte[] image)
    {
        // The time stays the original's, so that an incremental build does not copy the original over the patched file again.
        var written = File.GetLastWriteTimeUtc(Library);
        var patched = Library + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(patched, image);
        File.SetLastWriteTimeUtc(patched, written);
        File.Delete(Library);
        File.Move(patched, Library);
    }

    private bool MachineHasVersion()
    {
        var wanted = Encoding.ASCII.GetBytes(VersionName + "\0");
        foreach (var folder in new[] { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/usr/lib/aarch64-linux-gnu" })
        {
            var path = Path.Combine(folder, ProvidedBy);
            if (File.Exists(path)) return IndexOf(File.ReadAllBytes(path), wanted) >= 0;
        }

        return false;
    }

    private static int IndexOf(byte[] haystack, byte[] needle)
    {
        for (var i = 0; i + needle.Length <= haystack.Length; i++)
        {
            var j = 0;
            while (j < needle.Length && haystack[i + j] == needle[j]) j++;
            if (j == needle.Length) return i;
        }

        return -1;
    }

    private int FindFlags(byte[] elf)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[4] != 2) return -1;

        var sections = (long)BitConverter.ToUInt64(elf, 0x28);
        int size = BitConverter.ToUInt16(elf, 0x3a), count = BitConverter.ToUInt16(elf, 0x3c);
        for (var i = 0; i < count; i++)
        {
            var header = (int)(sections + i * size);
            if (BitConverter.ToUInt32(elf, header + 4) != VersionNeedSection) continue;

            var strings = (int)(sections + BitConverter.ToUInt32(elf, header + 0x28) * size);
            return FindFlags(elf, (int)BitConverter.ToUInt64(elf, header + 0x18), (int)BitConverter.ToUInt64(elf, strings + 0x18));
        }

        return -1;
    }

    private int FindFlags(byte[] elf, int need, int strings)
    {
        while (true)
        {
            var entry = need + (int)BitConverter.ToUInt32(elf, need + 8);
            for (int left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
            {
                if (StringAt(elf, strings + (int)BitConverter.ToUInt32(elf, entry + 8)) == VersionName) return entry + 4;
                entry += (int)BitConverter.ToUInt32(elf, entry + 12);
            }

            var next = (int)BitConverter.ToUInt32(elf, need + 12);
            if (next == 0) return -1;
            need += next;
        }
    }

    private static string StringAt(byte[] elf, int start)
    {
        var end = start;
        while (elf[end] != 0) end++;
        return Encoding.ASCII.GetString(elf, start, end - start);
    }
}
