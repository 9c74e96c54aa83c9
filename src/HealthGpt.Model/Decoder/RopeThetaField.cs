using System.Globalization;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Decoder;

/// <summary>The base of the rotary embedding in a config.json: <c>rope_theta</c>, or <c>rope_parameters</c> with it inside, as transformers writes it from version 5 on.</summary>
internal static class RopeThetaField
{
    /// <summary>Reads it. <c>rope_scaling</c> is the older name of <c>rope_parameters</c>.</summary>
    /// <exception cref="WeightFileException">It is out of range, said twice with different values, or the embedding is scaled, which is not implemented.</exception>
    public static double Read(ConfigFields fields, double byDefault)
    {
        double? theta = null;
        foreach (var said in (double?[])[Theta(fields), InObject(fields, "rope_parameters"), InObject(fields, "rope_scaling")])
        {
            // Which of two counts depends on the version of transformers.
            if (said is { } other && theta is { } first && other != first)
                throw fields.Refusal("rope_theta", string.Create(CultureInfo.InvariantCulture, $"one base in rope_theta, rope_parameters and rope_scaling ({first} and {other} are there)"));
            theta ??= said;
        }

        return theta ?? byDefault;
    }

    private static double? InObject(ConfigFields fields, string name)
    {
        if (fields.Object(name) is not { } rope) return null;
        rope.RefuseUnless("rope_type", "default");
        rope.RefuseUnless("type", "default");
        rope.RefuseUnless("partial_rotary_factor", "1", "1.0");
        rope.RefuseOthersThan("rope_type", "type", "partial_rotary_factor", "rope_theta");
        return Theta(rope);
    }

    private static double? Theta(ConfigFields fields) => fields.Number("rope_theta", 0, 1, 1e12) is > 0 and var theta ? theta : null;
}
