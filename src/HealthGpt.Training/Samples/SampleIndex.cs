using System.Security.Cryptography;
using HealthGpt.Data.Images;
using HealthGpt.Data.Samples;
using HealthGpt.Model.Text;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Samples;

/// <summary>
/// The training samples of a job's tasks, each decoded once to see that it can be used. Built from the files alone, so every worker has the same index.
/// </summary>
internal sealed class SampleIndex
{
    private readonly SampleBinding _binding;
    private readonly Dictionary<string, IReadOnlyList<PreparedSample>> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImageReference> _images = new(StringComparer.Ordinal);
    private readonly List<BadSample> _bad = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private SampleIndex(SampleBinding binding) => _binding = binding;

    /// <summary>Samples that were left out.</summary>
    public IReadOnlyList<BadSample> Bad => _bad;

    /// <summary>SHA-256 over all that the index holds, image contents included.</summary>
    public string Sha256 { get; private set; } = "";

    public static SampleIndex Build(Dataset dataset, IEnumerable<string> tasks, SampleBinding binding, BadSamplePolicy policy, CancellationToken cancellationToken)
    {
        var index = new SampleIndex(binding);
        using (index._hash)
        {
            foreach (var task in tasks.Distinct().Order(StringComparer.Ordinal)) index.Add(dataset, task, policy, cancellationToken);
            index.Sha256 = Convert.ToHexStringLower(index._hash.GetHashAndReset());
        }

        return index;
    }

    public IReadOnlyList<PreparedSample> Of(string task) => _tasks[task];

    private void Add(Dataset dataset, string task, BadSamplePolicy policy, CancellationToken cancellationToken)
    {
        var generation = dataset.Tasks[task].Kind == TaskKind.Generation;
        var samples = new List<PreparedSample>();
        foreach (var sample in dataset.Select(task, "train"))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                samples.Add(Prepare(sample, generation));
            }
            catch (Exception error) when (error is BadSampleException or ImageFormatException or IOException or UnauthorizedAccessException)
            {
                if (policy == BadSamplePolicy.Stop)
                    throw new InvalidDataException($"{sample.Source} cannot be used: {error.Message} Repair it, or set onBadSample to skip.", error);
                _bad.Add(new BadSample(sample.Source, error.Message));
            }
        }

        if (samples.Count == 0)
            throw new InvalidDataException($"task '{task}' has no usable sample of split 'train' ({_bad.Count} were left out); add samples or leave the task out of the job.");
        _tasks.Add(task, samples);
    }

    private PreparedSample Prepare(Sample sample, bool generation)
    {
        var prepared = _binding.Bind(sample, generation, sample.Images.Select(Image).ToList(), sample.AnswerImage is { } answer ? Image(answer) : null);
        foreach (var id in prepared.Prompt) Note(id);
        foreach (var id in prepared.Answer) Note(id);
        foreach (var image in prepared.Images) _hash.AppendData(Convert.FromHexString(image.Sha256));
        if (prepared.AnswerImage is { } target) _hash.AppendData(Convert.FromHexString(target.Sha256));
        return prepared;
    }

    private void Note(int id) => _hash.AppendData(BitConverter.GetBytes(id));

    private ImageReference Image(string path)
    {
        if (_images.TryGetValue(path, out var known)) return known;
        var bytes = ImageFile.Read(path);
        _ = RgbImage.Decode(bytes, path);
        var image = new ImageReference(path, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        _images.Add(path, image);
        return image;
    }
}
