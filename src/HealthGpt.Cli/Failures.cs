using HealthGpt.Cluster.Abstractions.Serving;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.FolderCluster;
using HealthGpt.Data.Conversion;
using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Data.SampleSets;
using HealthGpt.Data.Volumes;
using HealthGpt.Inference;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;
using HealthGpt.Silo;
using HealthGpt.Storage.Files;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli;

/// <summary>Turns what went wrong into lines on standard error and an exit code.</summary>
internal static class Failures
{
    public static int Write(Exception exception, TextWriter error)
    {
        switch (exception)
        {
            case CommandException failure:
                return Write(error, failure.ExitCode, failure.Message, failure.Details);
            case SiloConfigurationException wrong:
                return WriteFile(error, wrong.FilePath, [.. wrong.Problems.Select(problem => problem.ToString())]);
            case JobFileException wrong:
                return WriteFile(error, wrong.File, wrong.Problems);
            case InvalidJobException wrong:
                return WriteFile(error, $"job '{wrong.Job}'", wrong.Problems);
            case DatasetException wrong:
                return WriteFile(error, "the dataset", wrong.Problems);
            case WeightFileException wrong:
                return Write(error, ExitCodes.WrongFile, wrong.Message.TrimEnd('.') + RemedyFor(wrong.ModelFolder), []);
            case PortInUseException taken:
                return Write(error, ExitCodes.Failed, taken.Message, []);
            case FolderNotEmptyException taken:
                return Write(error, ExitCodes.WrongArguments, $"--out is '{taken.Folder}'; {(File.Exists(taken.Folder) ? "it is a file" : "the folder is there already and is not empty")}; name a new folder", []);
            case DiskSpaceException full:
                return Write(error, ExitCodes.Failed, $"there is not enough room; {full.Message}", []);
            case DicomFormatException or NiftiFormatException:
                return Write(error, ExitCodes.WrongFile, exception.Message, []);
            case ConversionException failed:
                return Write(error, CodeOf(failed.Fault), failed.Message, []);
            case ImageFormatException:
                return Write(error, ExitCodes.WrongFile, exception.Message, []);
            case SampleSetException or FolderClusterException:
                return Write(error, ExitCodes.Failed, exception.Message, []);
            case InferenceRequestException refused:
                return Write(error, ExitCodes.WrongArguments, $"the request's '{refused.Param}' is refused; {refused.Message.TrimEnd('.')}; correct it and ask again", []);
            case RequestException refused:
                return Write(error, ExitCodes.WrongArguments, $"{OptionOf(refused.Param)} is refused; {refused.Message.TrimEnd('.')}; correct it and ask again", []);
            case NonFiniteNumbersException:
                return Write(error, ExitCodes.WrongFile, exception.Message.TrimEnd('.'), []);
            case DeviceUnavailableException missing:
                return Write(error, ExitCodes.WrongArguments, $"--device is '{missing.Device.ToString().ToLowerInvariant()}'; {missing.Message.TrimEnd('.')}", []);
            case ServingUnavailableException or ServingRefusedException or JobNotFoundException or JobConflictException:
                return Write(error, ExitCodes.Failed, exception.Message, []);
            case IOException when FileTrouble.IsOfFullDisk(exception):
                return Write(error, ExitCodes.Failed, $"there is not enough room; {FileTrouble.WithPath(exception)}; free some or choose another disk", []);
            case UnauthorizedAccessException or IOException:
                return Write(error, ExitCodes.Failed, $"a file or folder cannot be used; {FileTrouble.WithPath(exception)}; check the path and its permissions", []);
            default:
                return Write(error, ExitCodes.Failed, $"unexpected {exception.GetType().Name}; {exception.Message}; please report it with the lines below", [exception.ToString()]);
        }
    }

    private static int CodeOf(ConversionFault fault) => fault switch
    {
        ConversionFault.Source => ExitCodes.WrongFile,
        ConversionFault.Options => ExitCodes.WrongArguments,
        _ => ExitCodes.Failed,
    };

    private static string RemedyFor(string? modelFolder) =>
        modelFolder is null ? "" : $"; the model folder must be whole: 'healthgpt weights verify {ShellWord.Of(modelFolder)}' lists everything that is wrong with it";

    private static string OptionOf(string param) => param switch
    {
        "images" => "--image",
        "maxTokens" => "--max-tokens",
        _ => "--" + param,
    };

    private static int WriteFile(TextWriter error, string file, IReadOnlyList<string> problems)
    {
        var count = problems.Count == 1 ? "1 problem" : $"{problems.Count} problems";
        return Write(error, ExitCodes.WrongFile, $"{file} is wrong; it has {count}; correct each and run again", problems);
    }

    private static int Write(TextWriter error, int code, string message, IReadOnlyList<string> details)
    {
        error.WriteLine($"error: {message}");
        foreach (var detail in details)
            error.WriteLine($"  {detail}");
        error.Flush();
        return code;
    }
}
