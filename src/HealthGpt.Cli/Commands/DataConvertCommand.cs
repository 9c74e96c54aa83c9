using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data;
using HealthGpt.Data.Conversion;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt data convert: makes a dataset of medical files.</summary>
internal static class DataConvertCommand
{
    private const int LargestSide = 1 << 14;

    private static readonly Argument<string> Source = new("source")
    {
        Description = "A folder of a DICOM series, a DICOM file, a zip archive of DICOM files, or a NIfTI file.",
        HelpName = "SOURCE",
    };

    private static readonly Option<string> Folder = new("--out") { Description = "The dataset folder to make; it appears whole or not at all.", HelpName = "DIR", Required = true };

    private static readonly Option<SlicePlane?> Plane = new("--plane")
    {
        Description = "axial, coronal or sagittal (the plane of the finest pixels).",
        HelpName = "PLANE",
        CustomParser = ParsePlane,
    };

    private static readonly Option<double?> Spacing = new("--spacing")
    {
        Description = "Millimetres from one picture to the next (every slice).",
        HelpName = "MM",
        CustomParser = ParseMillimetres,
    };

    private static readonly Option<WindowChoice?> Window = new("--window")
    {
        Description = $"Which values are seen: {WindowChoice.Forms} (the file's own, else soft-tissue for CT and percentile for all others).",
        HelpName = "WINDOW",
        CustomParser = ParseWindow,
    };

    private static readonly Option<int?> Size = new("--size")
    {
        Description = "Pixels of a picture's longer side (as fine as the voxels).",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 1, LargestSide),
    };

    private static readonly Option<string?> Task = new("--task") { Description = "The task of the samples (reconstruction, and vqa with --answer).", HelpName = "T" };
    private static readonly Option<string?> Question = new("--question") { Description = "What is asked about every picture.", HelpName = "Q" };
    private static readonly Option<string?> Answer = new("--answer") { Description = "The answer to the question for every picture (the picture itself).", HelpName = "A" };

    public static Command Create()
    {
        var command = new Command("convert", "Make a dataset of a DICOM or NIfTI series: PNG slices, samples and dataset.yaml, without what identifies the patient.")
        {
            Source, Folder, Plane, Spacing, Window, Size, Task, Question, Answer,
        };
        command.SetAction((parsed, cancellationToken) =>
            System.Threading.Tasks.Task.Run(() => RunAsync(parsed, HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CommandOutput output, CancellationToken cancellationToken)
    {
        var result = await SeriesConversion.RunAsync(
            new SeriesConversionOptions
            {
                Source = parsed.GetValue(Source)!,
                OutputFolder = parsed.GetValue(Folder)!,
                Slices = SlicesOf(parsed),
                Window = parsed.GetValue(Window) ?? WindowChoice.Automatic,
                Task = TaskOf(parsed),
            },
            cancellationToken);
        return Write(result, output);
    }

    private static SliceSelection SlicesOf(ParseResult parsed) =>
        new() { Plane = parsed.GetValue(Plane), Spacing = parsed.GetValue(Spacing), Size = parsed.GetValue(Size) };

    private static ConversionTask TaskOf(ParseResult parsed)
    {
        var (name, question, answer) = (parsed.GetValue(Task), parsed.GetValue(Question), parsed.GetValue(Answer));
        var standard = ConversionTask.Reconstruction;
        if (question is null && (answer is not null || (name is not null && name != standard.Name)))
            throw new CommandException(ExitCodes.WrongArguments, "--question is missing", "only the task reconstruction has a question of its own", "ask one with --question");
        return new ConversionTask { Name = name ?? (answer is null ? standard.Name : "vqa"), Question = question ?? standard.Question, Answer = answer };
    }

    private static int Write(ConversionResult result, CommandOutput output)
    {
        var text = $"made {result.Folder} with {result.Pictures} pictures in {result.Train + result.Validation} samples";
        if (result.NotANumber > 0)
            text += $"; {result.NotANumber} voxels that are no number are black";
        output.Result(text, result);
        return ExitCodes.Done;
    }

    private static SlicePlane? ParsePlane(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        string[] known = [.. Enum.GetNames<SlicePlane>().Select(name => name.ToLowerInvariant())];
        if (known.Contains(text))
            return Enum.Parse<SlicePlane>(text, ignoreCase: true);
        result.AddError($"--plane is '{text}'; {NearestName.Suggest(text, known)}");
        return null;
    }

    private static double? ParseMillimetres(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 && double.IsFinite(number))
            return number;
        result.AddError($"--spacing is '{text}'; it must be millimetres above 0");
        return null;
    }

    private static WindowChoice? ParseWindow(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (WindowChoice.Parse(text) is { } window)
            return window;
        result.AddError($"--window is '{text}'; it must be {WindowChoice.Forms}, for example 40,80");
        return null;
    }
}
