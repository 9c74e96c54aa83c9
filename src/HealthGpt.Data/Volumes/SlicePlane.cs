namespace HealthGpt.Data.Volumes;

/// <summary>How a slice lies in the body.</summary>
public enum SlicePlane
{
    /// <summary>Across the body; its position is z, upwards.</summary>
    Axial,

    /// <summary>Parallel to the face; its position is y, to the front.</summary>
    Coronal,

    /// <summary>Parallel to the midline; its position is x, to the right.</summary>
    Sagittal,
}
