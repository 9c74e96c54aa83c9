namespace HealthGpt.Training.Replicas;

/// <summary>A replica would compute other bits than the rest of its group.</summary>
public sealed class FingerprintMismatchException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="name">The replica that differs.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <param name="reference">The group's fingerprint.</param>
    public FingerprintMismatchException(string name, string fingerprint, string reference)
        : base($"worker '{name}' is refused; its fingerprint '{fingerprint}' differs from the group's '{reference}', so its gradients would have other bits; "
            + "give the job workers of one kind with the same model and data")
    {
    }
}
