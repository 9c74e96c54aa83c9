using System.Runtime.InteropServices;

namespace HealthGpt.Model.Importing;

/// <summary>A second name of a file, which takes no room.</summary>
internal static partial class HardLink
{
    /// <summary>Makes one.</summary>
    /// <returns>Whether it was made: not across disks, and not on every file system.</returns>
    public static bool TryCreate(string existing, string name) => OperatingSystem.IsWindows() ? CreateHardLink(name, existing, 0) : Link(existing, name) == 0;

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string name, string existing, nint security);
}
