using System.Buffers.Binary;

namespace HealthGpt.Soak.Weights;

/// <summary>Makes a bad file from a good one; the same random numbers make the same file.</summary>
internal static class Mutation
{
    private static readonly long[] Numbers =
    [
        0, 1, 2, 7, 16, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 100_000_000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, long.MaxValue, long.MinValue, -1, -2, -8, long.MaxValue / 4,
    ];

    private static readonly byte[][] Words =
    [
        [.. "9223372036854775807"u8], [.. "-1"u8], [.. "18446744073709551616"u8], [.. "1e308"u8], [.. "null"u8], [.. "[]"u8], [.. "{}"u8], [.. "\"F64\""u8], [.. "\"dtype\":\"I8\","u8], [.. "[[[[[[[[[[[["u8],
        [.. "cos\nsystem\n"u8], [.. "cbuiltins\neval\n"u8], [.. "R"u8], [.. "2222222222"u8], [.. "(((((((("u8], [.. "h\0h\0h\0h\0"u8], [.. "\x8a\xff"u8], [.. "../"u8], [.. "PK\x05\x06"u8], [.. "]]]]]]]]"u8],
    ];

    public static byte[] Make(Random random, IReadOnlyList<SeedFile> seeds)
    {
        var seed = seeds[random.Next(seeds.Count)];
        var other = seeds[random.Next(seeds.Count)];
        // Half of the files keep lengths that fit, so that the fault is met further in.
        return random.Next(2) == 0 ? Change(random, seed.Bytes, other.Bytes) : seed.Wrap(Change(random, seed.Description, other.Description));
    }

    private static byte[] Change(Random random, byte[] bytes, byte[] other)
    {
        var changed = bytes;
        for (var left = 1 + random.Next(1 + random.Next(6)); left > 0; left--) changed = ChangeOnce(random, changed, other);
        return changed;
    }

    private static byte[] ChangeOnce(Random random, byte[] bytes, byte[] other)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        var place = Place(random, bytes.Length);
        var length = Math.Min(1 + random.Next(1 << random.Next(1, 10)), bytes.Length - place);
        return random.Next(12) switch
        {
            0 => Set(bytes, place, (byte)(bytes[place] ^ (1 << random.Next(8)))),
            1 => Set(bytes, place, (byte)random.Next(256)),
            2 or 3 => SetNumber(random, bytes, place),
            4 => Replace(bytes, place, length, []),
            5 => Replace(bytes, place, 0, bytes[place..(place + length)]),
            6 => Replace(bytes, place, 0, Words[random.Next(Words.Length)]),
            7 => Replace(bytes, place, Math.Min(length, 24), Words[random.Next(Words.Length)]),
            8 => bytes[..place],
            9 => Replace(bytes, place, length, Part(random, other)),
            10 => ChangeDigit(random, bytes, place),
            _ => Repeat(random, bytes, place, Math.Min(length, 64)),
        };
    }

    /// <summary>Mostly near the start or the end, where headers and directories lie.</summary>
    private static int Place(Random random, int length) => random.Next(4) switch
    {
        0 => random.Next(Math.Min(length, 32)),
        1 => length - 1 - random.Next(Math.Min(length, 600)),
        _ => random.Next(length),
    };

    private static byte[] Part(Random random, byte[] bytes)
    {
        if (bytes.Length == 0) return bytes;
        var place = random.Next(bytes.Length);
        return bytes[place..Math.Min(bytes.Length, place + random.Next(300))];
    }

    private static byte[] Set(byte[] bytes, int place, byte value)
    {
        var changed = (byte[])bytes.Clone();
        changed[place] = value;
        return changed;
    }

    private static byte[] SetNumber(Random random, byte[] bytes, int place)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, Numbers[random.Next(Numbers.Length)] + random.Next(-1, 2));
        var width = Math.Min(1 << random.Next(4), bytes.Length - place);
        var changed = (byte[])bytes.Clone();
        number.AsSpan(0, width).CopyTo(changed.AsSpan(place));
        return changed;
    }

    private static byte[] ChangeDigit(Random random, byte[] bytes, int place)
    {
        var digit = bytes.AsSpan(place).IndexOfAnyInRange((byte)'0', (byte)'9');
        return digit < 0 ? bytes : Set(bytes, place + digit, (byte)('0' + random.Next(10)));
    }

    private static byte[] Repeat(Random random, byte[] bytes, int place, int length) =>
        Replace(bytes, place, 0, [.. Enumerable.Repeat(bytes[place..(place + length)], random.Next(2, 200)).SelectMany(part => part)]);

    private static byte[] Replace(byte[] bytes, int place, int length, byte[] with) => [.. bytes.AsSpan(0, place), .. with, .. bytes.AsSpan(place + length)];
}
