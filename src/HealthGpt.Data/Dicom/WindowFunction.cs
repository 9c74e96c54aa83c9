namespace HealthGpt.Data.Dicom;

/// <summary>How a window turns values into brightness (PS3.3, C.11.2.1.2 and C.11.2.1.3).</summary>
public enum WindowFunction
{
    /// <summary>A ramp for whole numbers: of width w it reaches from the darkest to the brightest in w - 1.</summary>
    Linear,

    /// <summary>A ramp that is exactly as wide as the width.</summary>
    LinearExact,

    /// <summary>A sigmoid of that centre and steepness.</summary>
    Sigmoid,
}
