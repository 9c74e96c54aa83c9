using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data;
using HealthGpt.Data.Conversion;
using HealthGpt.Data.Conversion.Imports;
using HealthGpt.Data.Conversion.Pairs;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt data convert: makes a dataset of medical files.</summary>
internal static class DataConvertCommand
{
    private const int LargestSide = 1 << 14;
    private const int LongestTimeout = 86_400;

    private static readonly Argument<string> Source = new("source")
    {
        Description = "A folder with a DICOM series, or with NIfTI files or PNG and JPEG pictures, one such file, a zip archive of DICOM files, or http(s)://HOST/dicom-web/studies/UID/series/UID; "
            + "with --import a folder.",
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

    private static readonly Option<string?> Task = new("--task") { Description = "The task of the samples (reconstruction, and vqa with --answer or --import).", HelpName = "T" };
    private static readonly Option<string?> Question = new("--question") { Description = "What is asked about every picture.", HelpName = "Q" };
    private static readonly Option<string?> Answer = new("--answer") { Description = "The answer to the question for every picture (the picture itself).", HelpName = "A" };

    private static readonly Option<int?> Series = new("--series")
    {
        Description = "Which series, where the source holds several: they are listed without it.",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 1, int.MaxValue),
    };

    private static readonly Option<int?> Timeout = new("--timeout")
    {
        Description = "Seconds that a DICOMweb server may take to send the series (300).",
        HelpName = "S",
        CustomParser = result => WholeNumber.Parse(result, 1, LongestTimeout),
    };

    private static readonly Option<PairForm?> Pairs = new("--pairs")
    {
        Description = "SOURCE is a folder of many patients' volumes that make pairs of pictures: synthrad2023 (CT and MRI) or ixi (super-resolution).",
        HelpName = "FORM",
        CustomParser = ParseForm,
    };

    private static readonly Option<double?> Validation = new("--validation")
    {
        Description = "With --pairs: the share of patients that is held out (0.1).",
        HelpName = "SHARE",
        CustomParser = ParseShare,
    };

    private static readonly Option<int?> Seed = new("--seed")
    {
        Description = "With --pairs: decides which patients are held out (1).",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 0, int.MaxValue),
    };

    private static readonly Option<int?> Factor = new("--factor")
    {
        Description = "With --pairs ixi: how many times coarser the low resolution is (4).",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 2, 16),
    };

    public static Command Create()
    {
        var command = new Command(
            "convert", "Make a dataset of a DICOM or NIfTI series: PNG slices, samples and dataset.yaml, without what identifies the patient; or of a published dataset.")
        {
            Source, Folder, Plane, Spacing, Window, Size, Task, Question, Answer, Series, Timeout, Pairs, Validation, Seed, Factor,
            DataImportOptions.Form, DataImportOptions.Images, DataImportOptions.Language, DataImportOptions.SkipBad,
        };
        command.SetAction((parsed, cancellationToken) =>
            System.Threading.Tasks.Task.Run(() => RunAsync(parsed, HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CommandOutput output, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(DataImportOptions.Form) is { } published)
            return await DataImportOptions.RunAsync(parsed, ImportOf(parsed, published), output, cancellationToken);
        Refuse(parsed, DataImportOptions.Needing, "only published datasets need it", "give --import as well, or leave it out");
        if (parsed.GetValue(Pairs) is { } form)
            return Write(PairConversion.Run(PairsOf(parsed, form), cancellationToken), output);
        Refuse(parsed, [Validation, Seed, Factor], "only pairs of many patients need it", "give --pairs as well, or leave it out");

        var options = new SeriesConversionOptions
        {
            Source = parsed.GetValue(Source)!,
            Series = parsed.GetValue(Series),
            OutputFolder = parsed.GetValue(Folder)!,
            Slices = SlicesOf(parsed),
            Window = parsed.GetValue(Window) ?? WindowChoice.Automatic,
            Task = TaskOf(parsed),
        };
        if (parsed.GetValue(Timeout) is { } seconds)
            options = options with { Timeout = TimeSpan.FromSeconds(seconds) };
        return Write(await SeriesConversion.RunAsync(options, cancellationToken), output);
    }

    private static void Refuse(ParseResult parsed, IEnumerable<Option> options, string why, string what)
    {
        if (options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given)
            throw new CommandException(ExitCodes.WrongArguments, $"{given.Name} is given", why, what);
    }

    private static ImportOptions ImportOf(ParseResult parsed, ImportForm form)
    {
        Option[] others = [Plane, Spacing, Window, Size, Question, Answer, Series, Timeout, Pairs, Validation, Seed, Factor];
        Refuse(parsed, others, "a published dataset is taken as it is", "leave it out, or --import");
        return new ImportOptions { Form = form, Source = parsed.GetValue(Source)!, OutputFolder = parsed.GetValue(Folder)!, Task = parsed.GetValue(Task) };
    }

    private static PairConversionOptions PairsOf(ParseResult parsed, PairForm form)
    {
        Refuse(parsed, [Answer], "the answers of --pairs are pictures", "leave it out");
        Refuse(parsed, [Series, Timeout], "--pairs takes the files of a folder, and no series of a server", "leave it out, or --pairs");
        if (!form.TakesFactor)
            Refuse(parsed, [Factor], $"--pairs {form.Name} takes its pairs as they are", "leave it out");
        var tasks = string.Join(" or ", form.Tasks.Keys);
        if (parsed.GetValue(Task) is not { } task || !form.Tasks.ContainsKey(task))
            throw new CommandException(ExitCodes.WrongArguments, $"--task is '{parsed.GetValue(Task)}'", $"--pairs {form.Name} makes pairs for {tasks}", $"give --task {tasks}");
        return new PairConversionOptions
        {
            Form = form,
            Source = parsed.GetValue(Source)!,
            OutputFolder = parsed.GetValue(Folder)!,
            Task = task,
            Question = parsed.GetValue(Question),
            Slices = SlicesOf(parsed),
            Window = parsed.GetValue(Window) ?? WindowChoice.Automatic,
            Factor = parsed.GetValue(Factor) ?? 4,
            Validation = parsed.GetValue(Validation),
            Seed = (ulong)(parsed.GetValue(Seed) ?? 1),
        };
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
        if (result.Patients is { } patients)
            text += $" of {patients} patients, {result.Validation} samples held out";
        if (result.NotANumber > 0)
            text += $"; {result.NotANumber} voxels that are no number are black";
        if (result.PassedOver is { } others)
            text += $"; {others} files that are nothing to convert were passed over";
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

    private static double? ParseShare(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share >= 0 && share < 1)
            return share;
        result.AddError($"--validation is '{text}'; it must be a share from 0 to below 1");
        return null;
    }

    private static PairForm? ParseForm(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (PairForm.All.FirstOrDefault(form => form.Name == text) is { } form)
            return form;
        result.AddError($"--pairs is '{text}'; {NearestName.Suggest(text, [.. PairForm.All.Select(form => form.Name)])}");
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
