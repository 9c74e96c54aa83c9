namespace HealthGpt.Model.Weights;

/// <summary>The form of a weight file.</summary>
public enum WeightFileKind
{
    /// <summary>huggingface/safetensors.</summary>
    Safetensors,

    /// <summary>A zip archive as <c>torch.save</c> writes it since PyTorch 1.6.</summary>
    PyTorchArchive,

    /// <summary>Consecutive pickles and storages, as <c>torch.save</c> wrote before PyTorch 1.6.</summary>
    PyTorchLegacy,
}
