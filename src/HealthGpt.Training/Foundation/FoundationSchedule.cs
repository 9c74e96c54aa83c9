namespace HealthGpt.Training.Foundation;

/// <summary>Warm-up over the first steps, then half a cosine down to a twentieth.</summary>
internal static class FoundationSchedule
{
    public static double Rate(double peak, int step, int steps)
    {
        const int warmUp = 50;
        if (step < warmUp) return peak * (step + 1) / warmUp;
        var done = (double)(step - warmUp) / Math.Max(1, steps - warmUp);
        return peak * (0.05 + (0.95 * 0.5 * (1 + Math.Cos(Math.PI * done))));
    }
}
