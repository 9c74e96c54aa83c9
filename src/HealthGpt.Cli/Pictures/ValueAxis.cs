using System.Globalization;

namespace HealthGpt.Cli.Pictures;

/// <summary>A vertical axis whose ticks are equally far apart, at numbers that people write down: multiples of 1, 2 or 5 times a power of ten.</summary>
internal sealed class ValueAxis
{
    private const int MostTicks = 6;
    private const int MostDigits = 5;

    private static readonly double[] Factors = [1, 2, 5, 10, 20];

    private readonly double _step;
    private readonly long _first;
    private readonly long _last;

    private ValueAxis(double step, long first, long last) => (_step, _first, _last) = (step, first, last);

    /// <summary>The lowest tick.</summary>
    public double Low => _first * _step;

    /// <summary>The highest tick.</summary>
    public double High => _last * _step;

    /// <summary>The ticks from the lowest to the highest with what is written at them.</summary>
    public IEnumerable<(double Value, string Label)> Ticks
    {
        get
        {
            var format = Format();
            for (var at = _first; at <= _last; at++) yield return (at * _step, (at * _step).ToString(format, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>An axis that shows all values from the least to the most.</summary>
    public static ValueAxis Over(double least, double most)
    {
        // A constant has no spread of its own.
        var spread = most > least ? most - least : Math.Max(Math.Abs(most) * 1e-3, 0.01);
        var power = Math.Pow(10, Math.Floor(Math.Log10(spread / (MostTicks - 1))));
        return Factors.Select(factor => Over(least, most, factor * power)).First(axis => axis._last - axis._first < MostTicks);
    }

    private static ValueAxis Over(double least, double most, double step)
    {
        var first = (long)Math.Floor(least / step);
        return new ValueAxis(step, first, Math.Max((long)Math.Ceiling(most / step), first + 1));
    }

    private string Format()
    {
        var (largest, finest) = (PowerOf(Math.Max(Math.Abs(Low), Math.Abs(High))), PowerOf(_step));
        var decimals = Math.Max(0, -finest);
        if (Math.Max(0, largest) + decimals > MostDigits) return $"0.{new string('#', Math.Max(0, largest - finest))}e0";
        return decimals == 0 ? "0" : $"0.{new string('0', decimals)}";
    }

    private static int PowerOf(double value) => (int)Math.Floor(Math.Log10(value) + 1e-9);
}
