using System.Text.RegularExpressions;

namespace HealthGpt.Storage.Files;

/// <summary>Writes a path as one word of a command line, so that a command that a message advises can be pasted.</summary>
public static partial class ShellWord
{
    /// <returns>The path as it is, or in double quotes where a shell would take it apart (POSIX.1-2017, Shell Command Language 2.2.3).</returns>
    public static string Of(string path) => Plain().IsMatch(path) ? path : $"\"{Special().Replace(path, @"\$0")}\"";

    [GeneratedRegex(@"^[\p{L}\p{N}_./:=@%+,-]+\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"[\\""$`]")]
    private static partial Regex Special();
}
