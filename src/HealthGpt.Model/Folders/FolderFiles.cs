using System.IO.Enumeration;

namespace HealthGpt.Model.Folders;

/// <summary>The files of a folder and of the folders in it.</summary>
public static class FolderFiles
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>Full paths, in no order. Links to files count as files; links to folders are not followed: they may lead out of the folder, or round in circles.</summary>
    /// <param name="folder">The folder.</param>
    public static IEnumerable<string> Of(string folder) => new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), Everything)
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
        ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };
}
