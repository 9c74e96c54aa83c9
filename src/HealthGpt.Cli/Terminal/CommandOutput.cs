using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace HealthGpt.Cli.Terminal;

/// <summary>Where a verb writes: people's lines, or one JSON document with --json; nothing but results and errors with --quiet.</summary>
public sealed class CommandOutput(TextWriter output, TextWriter error, bool json, bool quiet)
{
    /// <summary>How every JSON document of the command is written.</summary>
    public static readonly JsonSerializerOptions JsonForm = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The same for files that people read.</summary>
    public static readonly JsonSerializerOptions IndentedJsonForm = new(JsonForm) { WriteIndented = true };

    /// <summary>Standard output.</summary>
    public TextWriter Out => output;

    /// <summary>Standard error.</summary>
    public TextWriter Error => error;

    /// <summary>Whether results are JSON.</summary>
    public bool Json => json;

    /// <summary>Whether progress is left out.</summary>
    public bool Quiet => quiet;

    /// <summary>Whether a person watches progress on a terminal.</summary>
    public bool Interactive => !json && !quiet && ReferenceEquals(output, Console.Out) && AnsiConsole.Profile.Capabilities.Interactive
        && AnsiConsole.Profile.Capabilities.Ansi && !Console.IsOutputRedirected;

    /// <summary>A line of progress for people; left out with --json or --quiet.</summary>
    public void Line(string text)
    {
        if (!json && !quiet)
            output.WriteLine(text);
    }

    /// <summary>A result: a line for people, or its JSON document.</summary>
    public void Result(string text, object document)
    {
        output.WriteLine(json ? JsonSerializer.Serialize(document, JsonForm) : text);
        output.Flush();
    }

    /// <summary>One line of JSON while a verb runs; only with --json and without --quiet.</summary>
    public void JsonLine(object document)
    {
        if (json && !quiet)
            output.WriteLine(JsonSerializer.Serialize(document, JsonForm));
    }
}
